// The control plane in a terminal: the real program against the real console, as a person and as a script read it.

import { script } from '../fixtures/database.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { expect, test } from '../fixtures/test.ts';

const NAME = `door-${process.pid}`;

test.afterAll(() => script(`delete from ops.check where name = '${NAME}'; delete from ops.deploy where service like '${NAME}%';`));

test('the summary is a page for people, JSON for a pipe, and what the browser and REST say', async ({ hire }) => {
  const { staff, desk } = await hire('Hertha Ayrton', 'viewer');
  const terminal = new Terminal();
  await terminal.signIn(staff);
  const screen = await terminal.screen('summary');
  expect(screen).toMatch(/^(✓ pass|! warn|✗ fail)\n/);
  for (const part of ['database', 'bus', 'disk', 'workers']) expect(screen).toMatch(new RegExp(`(✓|!|✗) \\w+ {2}${part}.* ago`));
  const piped = JSON.parse(await terminal.say('summary')) as { status: string; parts: { name: string; status: string; age_ms: number; source: string }[] };
  for (const part of piped.parts) {
    expect(part.source, part.name).not.toBe('');
    expect(part.age_ms, part.name).toBeGreaterThanOrEqual(0);
  }
  const answer = await desk.page.evaluate(() => fetch('/api/ops/context').then((answer) => answer.json()));
  const names = (parts: { name: string }[]) => parts.map((part) => part.name).sort();
  expect(names(piped.parts)).toEqual(names(answer.parts));
});

test('a check that is saved in a terminal goes down there, with the reason', async ({ hire }) => {
  const { staff } = await hire('Sophie Wilson', 'admin');
  const terminal = new Terminal();
  await terminal.signIn(staff);
  const words = ['check', 'save', NAME, '--kind', 'tcp', '--target', '127.0.0.1:1', '--every', '1s', '--fail-after', '1', '--reason', 'The door has to answer'];
  expect(await terminal.say(...words, '--dry-run')).toContain('ehears');
  expect(await terminal.say('checks')).not.toContain(NAME);
  await terminal.say(...words);
  await expect.poll(() => terminal.say('checks', '--stands', 'down'), { timeout: 30_000 }).toContain(NAME);
  const { rows } = await terminal.json<{ rows: { check: number; name: string }[] }>('checks', '--kind', 'tcp');
  const check = String(rows.find((row) => row.name === NAME)?.check);
  expect(await terminal.say('check', 'show', check)).toMatch(/127\.0\.0\.1:1[^]*(refused|allowed)/);
  await terminal.say('check', 'delete', check, '--reason', 'There is no door');
  expect(await terminal.say('checks')).not.toContain(NAME);
});

test('events are told one a line as they happen, and those that were missed can be asked for', async ({ hire }) => {
  const { staff } = await hire('Lynn Conway', 'admin');
  const terminal = new Terminal();
  await terminal.signIn(staff);
  const deploy = (n: number) => terminal.say('deploy', 'record', `${NAME}-${n}`, `b${n}`);
  const events = terminal.stay('events', '--follow', '--kind', 'deploy');
  let last: { seq: string } | undefined;
  try {
    // Whoever listens hears what happens from then on: it is told until it is heard.
    let n = 0;
    await expect
      .poll(async () => (await deploy((n += 1)), events.lines.length), { timeout: 30_000, intervals: [1_000] })
      .toBeGreaterThan(0);
    const newest = await script(`select max(id) from ops.deploy where service like '${NAME}%'`);
    await expect.poll(() => JSON.parse(events.lines.at(-1) ?? '{}').subject).toBe(newest);
    for (const line of events.lines) expect(JSON.parse(line)).toMatchObject({ kind: 'deploy' });
    last = JSON.parse(events.lines.at(-1) ?? '');
  } finally {
    await events.stop();
  }
  await deploy(100);
  const missed = JSON.parse(await terminal.say('events', '--kind', 'deploy', '--after', String(last?.seq)));
  expect(missed).toMatchObject({ kind: 'deploy', subject: await script(`select id from ops.deploy where service = '${NAME}-100'`) });
});

test('what workers write is read from their own log, as text and as JSON', async ({ hire }) => {
  const { staff } = await hire('Thelma Estrin', 'lead');
  const terminal = new Terminal();
  await terminal.signIn(staff);
  expect(await terminal.say('logs')).toContain('workers');
  const sent = await script(`select pgmq.send('plans__commands', '{"no": "command"}')`);
  const words = ['logs', 'workers', '--since', '5m', '--find', 'a message that is no command was archived'];
  await expect.poll(() => terminal.say(...words, '--plain'), { timeout: 20_000 }).toContain(`msg_id=${sent}`);
  const lines = JSON.parse(await terminal.say(...words)) as { ts: string; level: string; message: string }[];
  const line = lines.find(({ message }) => message.includes(`msg_id=${sent}`));
  expect(line?.level).toBe('warn');
  expect(Date.parse(line?.ts ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(line?.message).not.toContain('\u001b');
});

test('a bundle is announced, taken, looked into and compared with another', async ({ hire }) => {
  const { staff } = await hire('Mary Kenneth Keller', 'admin');
  const terminal = new Terminal();
  await terminal.signIn(staff);
  const { collectors } = await terminal.json<{ collectors: { name: string }[] }>('bundle', '--preview');
  const announced = collectors.map(({ name }) => name);
  expect(announced).toEqual(expect.arrayContaining(['context', 'settings', 'deploys', 'groups', 'logs workers']));
  const before = await terminal.file('before.json.gz', 'bundle');
  await terminal.say('deploy', 'record', `${NAME}-bundle`, 'b1');
  const after = await terminal.file('after.json.gz', 'bundle');
  const looked = await terminal.json<{ collectors: { name: string; status: string; whole: boolean }[] }>('bundle', 'inspect', before);
  expect(looked.collectors.map(({ name }) => name)).toEqual(announced);
  for (const part of looked.collectors) expect(part, part.name).toMatchObject({ whole: true });
  expect(await terminal.say('bundle', 'diff', before, before)).toContain('Nothing differs');
  expect(await terminal.say('bundle', 'diff', before, after)).toMatch(new RegExp(`\\+ .*${NAME}-bundle`));
});
