// Edit and retry: a form from the type's contract and JSON beside it, the worker's word before it is sent, what was sent at first
// kept on the page, and the same change to many.

import { CONTOSO, HOPELESS, sendSample, sendTicket } from '../fixtures/customers.ts';
import { Desk } from '../fixtures/desk.ts';
import { newcomer, type Staff } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { Operation, Queue } from '../pages/operations.ts';
import { Command } from '../pages/troubleshooting.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(150_000);

const GOOD = 'the badge printer is out of paper';

let desk: Desk;
let command: Command;
let lead: Staff;
let [ticket, plan]: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  [ticket, plan] = [await sendTicket(CONTOSO, HOPELESS), await sendSample(CONTOSO, 'heavy')];
  desk = await Desk.open(browser);
  lead = await newcomer(desk, 'Katherine Johnson', 'lead');
  command = new Command(desk);
});
test.afterEach(() => desk.verify());
test.afterAll(async () => desk.close());

test('who may only retry is told what the edit needs', async ({ hire }) => {
  const { desk: theirs } = await hire('Edith Clarke', 'support');
  const page = new Command(theirs);
  await page.visit(ticket!, 'EnhanceTicket');
  await page.waits();
  await expect(page.button('Edit')).toBeDisabled();
  await expect(page.button('Edit')).toHaveAccessibleDescription(/your roles lack “command.edit”/);
});

test('a ticket is mended in the form, and the JSON beside it says the same', async () => {
  await command.visit(ticket!, 'EnhanceTicket');
  await command.waits();
  await command.startSession(CONTOSO, 'SUP-700', 'Their printer ticket has the wrong words');
  await desk.page.keyboard.press('e');
  const dialog = await command.editing();
  await expect(dialog.field(/^Subject/)).toHaveValue(HOPELESS);
  await expect(dialog.root.getByText('The summary goes to who asked for it.')).toBeVisible();
  await expect(dialog.root).toContainText('Nothing is different yet.');
  await dialog.field(/^Subject/).fill('');
  await expect(dialog.root).toContainText('at least 1 characters may be here.');
  await dialog.field(/^Subject/).fill(GOOD);
  await expect(dialog.changes()).toContainText(HOPELESS);
  await expect(dialog.changes()).toContainText(GOOD);
  await expect(dialog.root).toContainText(`--set 'subject="${GOOD}"'`);

  await dialog.root.getByRole('button', { name: 'JSON', exact: true }).click();
  await desk.watch.audit(' json');
  const json = dialog.field(/^Payload, as JSON/);
  const edited = await json.inputValue();
  expect(JSON.parse(edited).subject).toBe(GOOD);
  await json.fill('{"subject": ');
  await expect(dialog.root).toContainText('Line 1, column 13');
  await json.fill(edited.replace(/("requested_by": )"[^"]*"/, '$1"somebody else"'));
  await expect(dialog.root).toContainText('requested_by: it is locked');
  await json.fill(edited);
  await dialog.root.getByRole('button', { name: 'Form', exact: true }).click();
  await expect(dialog.field(/^Subject/)).toHaveValue(GOOD);
  await dialog.rehearse();

  await dialog.root.getByRole('link', { name: 'Raise to write' }).click();
  await command.sendRaise(await lead.app.fresh());
  await expect(command.bar()).toContainText(/Write/);
  const again = await command.editing();
  await again.field(/^Subject/).fill(GOOD);
  await again.run('Send it edited');
});

test('it went through once, and the page says who edited what, with what was sent at first', async () => {
  const main = desk.page.getByRole('main');
  await expect(main).toContainText('Edited and retried by staff');
  await expect(desk.page.getByRole('heading', { name: 'Edits' })).toBeVisible();
  await expect(main.getByRole('table', { name: 'What edit 1 changed' })).toContainText(GOOD);
  await expect(main).toContainText('by Katherine Johnson');
  await expect(command.payload()).toContainText(GOOD);
  await desk.page.getByText('The payload as it was sent at first').click();
  await expect(desk.page.getByRole('region', { name: 'Payload as it was sent at first' })).toContainText(HOPELESS);
  await expect(async () => {
    await desk.page.reload();
    await expect(main).toContainText('Completed', { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await command.live();
  await desk.watch.audit(' edited');
});

test('a worker is asked before a plan is sent, and its no is a no', async () => {
  await command.visit(plan!, 'IngestPlan');
  await command.waits(90_000);
  await expect(command.payload()).not.toContainText('@');
  await command.button('Edit').click();
  const dialog = await command.editing();
  await expect(dialog.field(/^Requested by/)).toHaveValue('');
  await expect(dialog.root).toContainText('Hidden. It stays as it is');
  await dialog.field(/^Size in bytes/).fill('12345678901234567890123');
  await expect(dialog.changes()).toContainText('12345678901234567890123');
  await dialog.button('Let the worker check it').click();
  await expect(dialog.root).toContainText('would not take it', { timeout: 20_000 });
  await expect(dialog.root).toContainText(/The uploaded file has \d+ bytes\./);
  await desk.watch.audit(' said no');
  await dialog.button('Send it edited').click();
  await expect(dialog.root).toContainText('would not take this payload.', { timeout: 20_000 });
  await dialog.leave();

  await command.button('Edit').click();
  const second = await command.editing();
  await second.field(/^File name/).fill('renamed by support.pdf');
  await second.button('Send it edited').click();
  await expect(second.root).toContainText('Done.', { timeout: 20_000 });
  await expect(second.root).toContainText('has checked it and would take it');
  await second.root.getByRole('button', { name: 'Close' }).last().click();
});

test('the same change is made to many', async () => {
  const tickets = await Promise.all([...Array(3).keys()].map((n) => sendTicket(CONTOSO, `${HOPELESS} (edit ${n})`)));
  const [queue, operation] = [new Queue(desk), new Operation(desk)];
  await queue.visit('?tenant=contoso&domain=tickets');
  await expect(async () => {
    await desk.page.reload();
    for (const id of tickets) await expect(queue.row(id)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await queue.live();
  await desk.page.getByRole('button', { name: /^Edit all that fit…/ }).click();
  const dialog = await queue.opened('Edit all that fit');
  await expect(dialog.root).toContainText(/\d+ commands fit/);
  await dialog.field(/^With this change/).fill('requested_by=nobody');
  await dialog.rehearse();
  await expect(dialog.root).toContainText('would be skipped: their type locks that field');
  await dialog.field(/^With this change/).fill(`subject=${GOOD}`);
  await dialog.button('Start').click();
  await expect(dialog.root).toContainText('Done.');
  await dialog.root.getByRole('link', { name: 'Follow it' }).click();
  await operation.stands('Finished', 60_000);
  await expect.poll(() => operation.many('Succeeded')).toBeGreaterThanOrEqual(3);
  await command.visit(tickets[0]!, 'EnhanceTicket');
  await expect(desk.page.getByRole('link', { name: 'Its operation' })).toBeVisible();
});
