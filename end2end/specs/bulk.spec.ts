// Many commands at once: the queue filtered down to one cause, counted, retried a few at a time, watched, held and let go on.

import type { Locator } from '@playwright/test';
import { FABRIKAM, HOPELESS, MENDED, sendTicket } from '../fixtures/customers.ts';
import { Desk } from '../fixtures/desk.ts';
import { newcomer, type Staff } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { BULK, GIVE_UP, Operation, PAUSE, Queue, RESUME } from '../pages/operations.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(150_000);

const TICKET = 'SUP-500';
const FILTER = '?tenant=fabrikam&domain=tickets&command_type=EnhanceTicket';
const MENDED_NOW = 9;
const HOPELESS_STILL = 2;

let desk: Desk;
let queue: Queue;
let operation: Operation;
let lead: Staff;
/** Ids of their commands. */
let tickets: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  const sent = [...Array(MENDED_NOW).keys()].map((n) => sendTicket(FABRIKAM, `${MENDED} (bulk ${n})`));
  sent.push(...[...Array(HOPELESS_STILL).keys()].map((n) => sendTicket(FABRIKAM, `${HOPELESS} (bulk ${n})`)));
  tickets = await Promise.all(sent);
  desk = await Desk.open(browser);
  lead = await newcomer(desk, 'Mary Jackson', 'lead');
  [queue, operation] = [new Queue(desk), new Operation(desk)];
});
test.afterEach(() => desk.verify());
test.afterAll(async () => desk.close());

/** Marks the page; a page that was loaded anew has no mark. */
const mark = () => desk.page.evaluate(() => document.documentElement.setAttribute('data-mark', ''));
const marked = () => desk.page.locator('html[data-mark]');

test('the queue is filtered down to one cause, and the button says what it needs', async () => {
  await queue.visit(FILTER);
  // Other specs have commands of this customer there as well; these have to be among them before they are counted.
  await expect(async () => {
    await desk.page.reload();
    for (const ticket of tickets) await expect(queue.row(ticket)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await queue.live();
  await expect(queue.allThatFit()).toBeDisabled();
  await expect(queue.allThatFit()).toHaveAccessibleDescription(/start a support session/);
  await queue.startSession(FABRIKAM, TICKET, 'Their badge printer jammed a whole morning');
  await queue.visit(FILTER);
  await expect(queue.allThatFit()).toBeEnabled();
});

test('the preview counts and shows; started with a rate, the operation is followed', async () => {
  const dialog = await queue.askForAll();
  await expect(dialog.root).toContainText(/1[1-9] commands fit/);
  await expect(dialog.root).toContainText('Exactly these, counted now');
  await expect(dialog.root).toContainText('raise the session to write');
  await dialog.root.getByText(/^The newest \d+/).click();
  await expect(dialog.root.getByRole('listitem').first()).toContainText('EnhanceTicket');
  await desk.watch.audit(' counted');
  await dialog.root.getByRole('link', { name: 'Raise to write' }).click();
  await queue.sendRaise(await lead.app.fresh());
  await expect(queue.bar()).toContainText(/Write/);

  await dialog.opened();
  await expect(dialog.root).toContainText(/1[1-9] commands fit/);
  await dialog.field(/^Rate/).fill('0');
  await expect(dialog.root).toContainText('A whole number between 1 and 10,000 is needed.');
  await dialog.field(/^Rate/).fill('1');
  await dialog.field(/^Failure limit/).fill('100');
  await dialog.rehearse();
  await dialog.button('Start').click();
  await expect(dialog.root).toContainText('Done.');
  await desk.watch.audit(' started');
  await dialog.root.getByRole('link', { name: 'Follow it' }).click();
  await operation.ready(/^Retry 1[1-9] commands$/);
});

test('its page moves by itself; paused it stands still, and let go on it ends', async () => {
  await mark();
  await expect(operation.stages().first()).toContainText('First 1');
  await expect.poll(() => operation.many('Succeeded'), { timeout: 30_000 }).toBeGreaterThan(0);
  const pause = await operation.ask('Pause', PAUSE);
  await pause.run('Pause');
  await operation.stands('Paused');
  await expect.poll(() => operation.many('Sent')).toBe(0);
  const waiting = await operation.many('Waiting');
  expect(waiting).toBeGreaterThan(0);
  await desk.watch.audit(' paused');
  await desk.page.waitForTimeout(2_000);
  expect(await operation.many('Waiting')).toBe(waiting);
  await expect(operation.button('Pause')).toHaveCount(0);

  await desk.page.keyboard.press('r');
  const resume = operation.dialog(RESUME);
  await expect(resume).toBeVisible();
  await resume.getByRole('button', { name: 'Let it go on', exact: true }).click();
  await expect(resume).toContainText('Done.');
  await desk.page.keyboard.press('Escape');
  await expect(resume).toBeHidden();

  await operation.stands('Finished', 90_000);
  await expect(marked()).toHaveCount(1);
  await expect(desk.page.getByRole('main')).toContainText('Every command has its outcome.');
  expect(await operation.many('Succeeded')).toBeGreaterThanOrEqual(MENDED_NOW);
  expect(await operation.many('Failed again')).toBeGreaterThanOrEqual(HOPELESS_STILL);
  await desk.watch.audit(' finished');
});

test('each command has its outcome, its page and its audit entry', async () => {
  expect(await operation.items('Succeeded').count()).toBeGreaterThanOrEqual(MENDED_NOW);
  await desk.page.getByRole('group', { name: 'Outcome' }).getByRole('link', { name: 'Failed', exact: true }).click();
  await expect(operation.items('Succeeded')).toHaveCount(0);
  const failed = operation.items('Failed again');
  expect(await failed.count()).toBeGreaterThanOrEqual(HOPELESS_STILL);
  const entry = failed.first().getByRole('cell').last().getByRole('link');
  await expect(entry).toHaveText(/^\d+$/);
  await failed.first().getByRole('cell').nth(1).getByRole('link').click();
  await operation.ready('EnhanceTicket');
  await expect(desk.page.getByRole('main')).toContainText('Retried by staff');
  await desk.page.goBack();
  await operation.ready(/^Retry 1[1-9] commands$/);
});

test('another one is started by keyboard and cancelled, and the list shows both', async () => {
  const { keyboard } = desk.page;
  await queue.visit(FILTER);
  await keyboard.press('a');
  const dialog = queue.dialog(BULK);
  await expect(dialog.getByLabel(/^Rate/)).toBeFocused();
  await expect(dialog).toContainText(/commands fit/);
  await keyboard.press('Control+a');
  await keyboard.type('1');
  const tabTo = async (target: Locator) => {
    for (let tabs = 0; tabs < 15 && !(await target.evaluate((element) => element === document.activeElement)); tabs += 1) await keyboard.press('Tab');
    await expect(target).toBeFocused();
  };
  await tabTo(dialog.getByRole('button', { name: 'Start', exact: true }));
  await keyboard.press('Enter');
  await expect(dialog).toContainText('Done.');
  await tabTo(dialog.getByRole('link', { name: 'Follow it' }));
  await keyboard.press('Enter');
  await operation.live();
  const cancel = await operation.ask('Cancel', GIVE_UP);
  await cancel.run('Cancel the operation');
  await operation.stands('Cancelled');
  await expect(operation.items('Skipped').first()).toBeVisible();
  await expect(operation.button('Cancel')).toHaveCount(0);

  await operation.go('Operations');
  const rows = desk.page.getByRole('table', { name: /Operations/ }).locator('tbody').getByRole('row');
  await expect(rows.filter({ hasText: 'Cancelled' }).filter({ hasText: FABRIKAM.name })).toHaveCount(1);
  await expect(rows.filter({ hasText: 'Finished' }).filter({ hasText: FABRIKAM.name })).toHaveCount(1);
});
