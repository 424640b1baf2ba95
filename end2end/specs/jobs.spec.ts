// Runs of pipelines: one of thousands of steps, two attempts beside each other, and a step that hangs and is killed.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { script } from '../fixtures/database.ts';
import { NORTHWIND, sendSample } from '../fixtures/customers.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { isAlive, workerAtStep } from '../fixtures/processes.ts';
import { expect, test } from '../fixtures/test.ts';
import { Job } from '../pages/job.ts';
import { Command } from '../pages/troubleshooting.ts';

const SEED = path.join('..', 'server', 'src', 'bench', 'failures', 'tree.sql');

/** A run of so many steps; two thirds of them succeeded. Answers its page. */
async function runOf(steps: number): Promise<string> {
  const text = readFileSync(SEED, 'utf8');
  return `/jobs/${await script(text, { steps: String(steps), slug: NORTHWIND.slug })}`;
}

const cause = 'sheet_002000_rooms';

test('a run of 3,000 steps: what is on screen is there, wherever one goes by wheel, key, field or link', async ({ hire }) => {
  const { desk } = await hire('Mary Cartwright', 'support');
  const { page } = desk;
  const job = new Job(desk);
  const run = await runOf(3_000);
  // The whole list fits into the window, so that what is in sight of it is in sight.
  await page.setViewportSize({ width: 1280, height: 1100 });
  await job.open(run, /read_archive/);
  await expect(page.getByRole('main')).toContainText('3,000 steps: 2,000 succeeded, 1 failed, 999 skipped');
  const onScreen = (name: string) => expect(job.step(name)).toBeInViewport();
  await onScreen(cause);
  expect(await page.locator('.tree > li').count()).toBeLessThan(150);

  await test.step('the consequences are one line, until somebody asks', async () => {
    await expect(job.fold()).toHaveText('999 steps did not run because of this');
    await job.fold().click();
    await expect(page).toHaveURL(/skipped=shown/);
    await onScreen('sheet_002001_strokes');
    await page.reload();
    await job.live();
    await expect(job.step('sheet_002001_strokes')).toBeInViewport();
  });

  await test.step('the wheel', async () => {
    await job.long().evaluate((list) => (list.scrollTop = 0));
    await onScreen('sheet_000000_strokes');
    await job.long().evaluate((list) => (list.scrollTop = list.scrollHeight / 2));
    await onScreen('sheet_001500_strokes');
    await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText(/steps 1,5\d\d to 1,5\d\d of 3,000/);
    await desk.watch.audit(' scrolled');
  });

  await test.step('keys', async () => {
    await job.stepLink('sheet_001503_strokes', 'succeeded').focus();
    for (let turn = 0; turn < 40; turn += 1) await page.keyboard.press('j');
    await expect(job.stepLink('sheet_001543_walls', 'succeeded')).toBeFocused();
    await page.keyboard.press('k');
    await expect(job.stepLink('sheet_001542_strokes', 'succeeded')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/step=sheet_001542_strokes/);
    await expect(page.getByRole('heading', { name: 'sheet_001542_strokes' })).toBeVisible();
    await page.keyboard.press('End');
    await expect(job.stepLink('sheet_002999_rooms', 'skipped')).toBeFocused();
    await page.keyboard.press('Home');
    await expect(job.stepLink('sheet_000000_strokes', 'succeeded')).toBeFocused();
    await expect(job.step('sheet_000000_strokes')).toHaveAttribute('aria-posinset', '1');
    await expect(job.step('sheet_000000_strokes')).toHaveAttribute('aria-setsize', '3000');
  });

  await test.step('finding', async () => {
    await page.keyboard.press('/');
    await expect(job.findField()).toBeFocused();
    await page.keyboard.type('2777');
    await page.keyboard.press('Enter');
    await onScreen('sheet_002777_rooms');
    await expect(page.getByRole('main')).toContainText('1 of 1 with “2777”');
    await job.findField().fill('roof');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toContainText('No step has “roof” in its name.');
  });

  await test.step('links', async () => {
    await page.getByRole('link', { name: 'Last', exact: true }).click();
    await onScreen('sheet_002999_rooms');
    await page.getByRole('link', { name: 'Root cause', exact: true }).click();
    await onScreen(cause);
    await job.open(`${run}?step=sheet_000123_strokes`, /read_archive/);
    await onScreen('sheet_000123_strokes');
    await expect(page.getByRole('heading', { name: 'sheet_000123_strokes' })).toBeVisible();
  });
});

test('without WebAssembly a long run is read by its links', async ({ hire, browser }) => {
  const { desk } = await hire('Rózsa Péter', 'support');
  const run = await runOf(2_400);
  const state = await desk.page.context().storageState();
  const context = await browser.newContext({ storageState: state, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(run);
  await expect(page.getByRole('main')).toContainText('Root cause: A sheet ran out of memory');
  await expect(page.getByRole('link', { name: /^sheet_001600_walls/ })).toBeVisible();
  await page.getByRole('link', { name: 'First', exact: true }).click();
  await expect(page.getByRole('link', { name: /^sheet_000000_strokes/ })).toBeVisible();
  await page.getByRole('link', { name: 'Later' }).click();
  await expect(page.getByRole('link', { name: /^sheet_000100_walls/ })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Find a step' }).fill('1234');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByRole('link', { name: /^sheet_001234_walls/ })).toBeVisible();
  await context.close();
});

test('two attempts beside each other: what differs is marked, words only within a session, and the terminal says the same', async ({ hire }) => {
  const { staff, desk } = await hire('Emmy Noether', 'support');
  const job = new Job(desk);
  const run = await runOf(9);
  await job.open(run, /read_archive/);
  await job.comparedWith(2).click();
  await expect(desk.page).toHaveURL(/attempt=3&with=2/);
  await expect(desk.page.getByRole('heading', { name: /: attempt 2 and attempt 3$/ })).toBeVisible();
  await expect(job.compared('build')).toHaveAttribute('data-change', 'changed');
  await expect(job.compared('build')).toContainText('build-2');
  await expect(job.compared('worker')).toHaveAttribute('data-change', 'same');
  await expect(job.compared('message')).toBeHidden();
  await expect(desk.page.locator('#compared')).toContainText('masked');
  await desk.watch.audit(' compared');

  await job.startSession(NORTHWIND, 'SUP-77', 'Two attempts of a sheet differ');
  await expect(job.compared('message')).toContainText('needed > 256 MB of 256 MB');
  await expect(desk.page.locator('#compared')).toContainText('Both said the same, 40 lines.');
  await desk.watch.audit(' compared inside');

  const terminal = new Terminal();
  await terminal.signIn(staff);
  const said = await terminal.say('compare', run.split('/').at(-1)!);
  expect(said).toMatch(/≠\s+build\s+build-2\s+build-3/);
  await job.comparedWith(2).click();
  await expect(desk.page.locator('#compared')).toBeHidden();
});

test('a step that hangs is asked to end, does not, and is killed; the command waits for a person', async ({ hire }) => {
  test.setTimeout(120_000);
  const { staff, desk } = await hire('Sophie Germain', 'support');
  const job = new Job(desk);
  const caught = workerAtStep('wall_detection', 30_000);
  const command = await sendSample(NORTHWIND, 'heavy');
  const { child } = await caught;
  // As a process that hangs: it does not hear TERM.
  process.kill(child, 'SIGSTOP');
  const page = new Command(desk);
  await page.visit(command, 'IngestPlan');
  await desk.page.getByRole('link', { name: 'See its run, step by step' }).click();
  await job.ready(/plan_ingest/);
  await job.stands('Running at wall_detection');
  await expect(job.killButton()).toHaveAccessibleDescription(/start a support session on this tenant/);
  await job.startSession(NORTHWIND, 'SUP-78', 'An upload hangs in wall detection');
  await job.raise(staff);

  const asked = await job.kill();
  await asked.rehearse();
  await expect(asked.root).toContainText('A process that ignores TERM runs on');
  await asked.run('Kill it');
  await job.stands(/Sophie Germain asked for wall_detection to be killed \(TERM\)/);
  expect(isAlive(child), 'asking is not forcing').toBe(true);
  await desk.watch.audit(' asked to stop');

  const forced = await job.kill();
  await expect(forced.field(/^By force/)).toBeChecked();
  await forced.run('Kill it');
  await job.stands('Failed at wall_detection', 20_000);
  expect(isAlive(child)).toBe(false);
  await job.stands('Root cause: wall_detection was killed by staff');
  await job.stands(/Sophie Germain asked for it to be killed \(KILL\) at .* UTC, and it was\./);
  await expect(job.killButton()).toHaveAccessibleDescription(/Nothing of it runs/);
  await page.visit(command, 'IngestPlan');
  await page.waits();
  await expect(desk.page.getByRole('main')).toContainText('Staff asked for the running step to be stopped');
});
