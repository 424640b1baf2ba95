// One of many failures: found by words and text, kept as a view, taken out as a file, picked and sent again.

import { readFile } from 'node:fs/promises';
import { ALPINE, HOPELESS, MENDED, sendTicket } from '../fixtures/customers.ts';
import { Desk } from '../fixtures/desk.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { newcomer, Staff } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { DeedDialog } from '../pages/deed-dialog.ts';
import { BULK } from '../pages/operations.ts';
import { EXPORT, FORGET_VIEW, SAVE_VIEW, Troubleshooting } from '../pages/troubleshooting.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(90_000);

let desk: Desk;
let list: Troubleshooting;
let support: Staff;
const needle = 'the kettle on floor 9';

test.beforeAll(async ({ browser }) => {
  desk = await Desk.open(browser);
  support = await newcomer(desk, 'Mary Kenneth Keller', 'support');
  list = new Troubleshooting(desk);
  await Promise.all([sendTicket(ALPINE, `quota: ${needle}`), sendTicket(ALPINE, `${HOPELESS} (find 1)`), sendTicket(ALPINE, `${MENDED} (find 2)`)]);
});
test.afterEach(() => desk.verify());
test.afterAll(async () => desk.close());

test('the line offers words and values, by keyboard alone', async () => {
  await list.visit('?tenant=alpine');
  await expect.poll(async () => { await desk.page.keyboard.press('.'); return list.rows().count(); }, { timeout: 40_000 }).toBeGreaterThan(2);
  await desk.page.keyboard.press('/');
  await expect(list.line()).toBeFocused();
  await desk.page.keyboard.type('ty');
  const offers = desk.page.getByRole('listbox', { name: 'Ways to go on' });
  await expect(offers.getByRole('option')).toHaveText([/^type:/]);
  await desk.page.keyboard.press('ArrowDown');
  await expect(offers.getByRole('option', { selected: true })).toHaveText(/^type:/);
  await desk.page.keyboard.press('Enter');
  await expect(list.line()).toHaveValue('type:');
  await expect(offers.getByRole('option', { name: 'type:EnhanceTicket' })).toBeVisible();
  await desk.page.keyboard.type('enh');
  await desk.page.keyboard.press('ArrowDown');
  await desk.page.keyboard.press('Tab');
  await expect(list.line()).toHaveValue('type:EnhanceTicket ');
  await desk.page.keyboard.type('attempts<2 error:quota');
  await desk.page.keyboard.press('Escape');
  await expect(offers).toBeHidden();
  await desk.page.keyboard.press('Enter');
  await expect(desk.page).toHaveURL(/find=type%3AEnhanceTicket/);
  await expect(list.rows().first()).toContainText('quota used up');
  await expect(desk.page.locator('#how-many')).toContainText('with these filters');
  await desk.watch.audit(' the query line');
  // A term is taken away by its chip, and only it.
  await desk.page.getByRole('group', { name: 'Filters that hold' }).getByRole('link', { name: /attempts<2/ }).click();
  await expect(list.line()).toHaveValue('type:EnhanceTicket error:quota');
});

test('a wrong word is named with the nearest, before anything is asked and by the server too', async () => {
  await list.find('tpye:EnhanceTicket');
  await expect(desk.page.getByRole('alert')).toContainText('no word \u201ctpye\u201d to find by; did you mean \u201ctype\u201d?');
  await expect(desk.page).toHaveURL(/error%3Aquota/);
  await list.visit(`?find=${encodeURIComponent('tpye:EnhanceTicket')}`);
  await expect(desk.page.getByRole('main')).toContainText('did you mean \u201ctype\u201d?');
  await expect(desk.page.getByRole('main')).toContainText('Nothing is listed');
  await expect(list.line()).toHaveValue('tpye:EnhanceTicket');
  await list.find('type:EnhanceTicket');
  await expect(list.rows().first()).toBeVisible();
});

test('what a payload says is found inside a session, and nowhere else', async () => {
  const line = `?find=${encodeURIComponent(`"${needle}"`)}`;
  await list.visit(line);
  await expect(desk.page.getByRole('main')).toContainText('No command fits');
  await list.startSession(ALPINE, 'SUP-9', 'Looking for the ticket about the kettle');
  // A busy machine has not tried it for the last time yet.
  await expect.poll(async () => { await list.visit(line); return list.rows().count(); }, { timeout: 40_000 }).toBe(1);
  await expect(list.rows()).toContainText(ALPINE.name);
  await list.visit(`?find=${encodeURIComponent(`payload.subject:"quota: ${needle}"`)}`);
  await expect(list.rows()).toHaveCount(1);
});

test('how a list is filtered is kept under a name, and forgotten', async () => {
  await list.visit('?tenant=alpine&find=error%3Aquota');
  const menu = desk.page.locator('summary', { hasText: 'Views' });
  await menu.click();
  await desk.page.getByRole('button', { name: 'Save this view…' }).click();
  const save = await new DeedDialog(desk, SAVE_VIEW).opened();
  await save.field('Name').fill('Quota at Alpine');
  await save.field('Name').press('Enter');
  await expect(save.root).toContainText('Done.');
  await desk.watch.audit(' a saved view');
  await save.button('Close').first().click();
  await list.visit();
  await desk.page.locator('summary', { hasText: 'Views' }).click();
  await desk.page.getByRole('link', { name: /Quota at Alpine/ }).click();
  await expect(desk.page).toHaveURL(/find=error%3Aquota/);
  const forgetIt = desk.page.getByRole('button', { name: 'Forget Quota at Alpine' });
  await expect(async () => {
    if (!(await forgetIt.isVisible())) await desk.page.locator('summary', { hasText: 'Views' }).click();
    await forgetIt.click({ timeout: 2_000 });
  }).toPass();
  const forget = await new DeedDialog(desk, FORGET_VIEW).opened();
  await forget.button('Forget').click();
  await expect(forget.root).toContainText('Done.');
  await forget.button('Close').first().click();
  await expect(desk.page.getByRole('link', { name: /Quota at Alpine/ })).toHaveCount(0);
});

test('exactly what is filtered leaves as a file, and is written down', async () => {
  await list.visit(`?tenant=alpine&find=${encodeURIComponent(needle.split(' ')[1])}`);
  await desk.page.getByRole('button', { name: /^Export…/ }).click();
  const dialog = await new DeedDialog(desk, EXPORT).opened();
  await dialog.rehearse();
  await expect(dialog.root).toContainText('1 command leaves the console as a csv file, with the messages and payloads of Alpine Clinics.');
  await dialog.button('Export').click();
  const coming = desk.page.waitForEvent('download');
  await dialog.root.getByRole('link', { name: 'Download the file' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^troubleshooting-\d{8}-\d{6}\.csv$/);
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('command,tenant,tenant_name');
  expect(lines[1]).toContain(needle);
  await dialog.button('Close').first().click();
  const terminal = new Terminal();
  await terminal.signIn(support);
  const failed = await terminal.run(['troubleshooting', 'export', '--find', 'tpye:x']);
  expect([failed.code, failed.err]).toEqual([2, expect.stringContaining('did you mean')]);
  const rows = await terminal.say('troubleshooting', 'export', '--tenant', 'alpine', '--format', 'jsonl', '--reason', 'The customer asked for a list');
  const all = rows.trim().split('\n').map((line) => JSON.parse(line) as { tenant_name: string; payload: unknown });
  expect(all.length).toBeGreaterThan(1);
  expect(all.every((row) => row.tenant_name === ALPINE.name && row.payload === null)).toBe(true);
});

test('those picked by keyboard stay picked, and go together', async () => {
  await list.visit('?tenant=alpine');
  await desk.page.keyboard.press('j');
  await desk.page.keyboard.press('x');
  await desk.page.keyboard.press('j');
  await desk.page.keyboard.press('x');
  await expect(list.picked()).toContainText('2 picked');
  const picked = await list.rows().filter({ has: desk.page.getByRole('checkbox', { checked: true }) }).allInnerTexts();
  expect(picked).toHaveLength(2);
  // New rows wait; what is shown and picked stays.
  await sendTicket(ALPINE, `${HOPELESS} (find 3)`);
  await desk.page.getByRole('button', { name: /^\+1 new/ }).click({ timeout: 30_000 });
  await expect(list.picked()).toContainText('2 picked');
  await expect(list.rows().filter({ has: desk.page.getByRole('checkbox', { checked: true }) })).toHaveCount(2);
  await list.raise(support);
  await desk.page.keyboard.press('r');
  const dialog = await new DeedDialog(desk, BULK).opened();
  await expect(dialog.root).toContainText('2 chosen one by one');
  await expect(dialog.root).toContainText('2 commands fit');
  await dialog.button('Start').click();
  await dialog.root.getByRole('link', { name: 'Follow it' }).click();
  await expect(desk.page.getByRole('heading', { level: 1 })).toHaveText('Retry 2 commands');
});
