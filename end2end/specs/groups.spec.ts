// Many failures with one cause: found as a group, looked into, set aside, taken up again when it comes back.

import { ALPINE, CONTOSO, HOPELESS, sendTicket } from '../fixtures/customers.ts';
import { Desk } from '../fixtures/desk.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { newcomer, Staff } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { DeedDialog } from '../pages/deed-dialog.ts';
import { Group, Groups, NOTE, TRIAGE } from '../pages/groups.ts';
import { BULK } from '../pages/operations.ts';
import { Troubleshooting } from '../pages/troubleshooting.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(90_000);

const TITLE = 'assistant: quota used up';
const WHY = 'The quota of the assistant is used up';

let desk: Desk;
let groups: Groups;
let group: Group;
let support: Staff;

test.beforeAll(async ({ browser }) => {
  desk = await Desk.open(browser);
  support = await newcomer(desk, 'Annie Easley', 'support');
  [groups, group] = [new Groups(desk), new Group(desk)];
});
test.afterEach(() => desk.verify());
test.afterAll(async () => desk.close());

const number = async (text: Promise<string>) => Number((await text).replaceAll(',', ''));

test('what fails alike is one row, whoever it happens to, and counts by itself', async () => {
  await Promise.all([sendTicket(ALPINE, `${HOPELESS} (group 1)`), sendTicket(CONTOSO, `${HOPELESS} (group 2)`)]);
  await groups.visit();
  const row = groups.row(TITLE);
  await expect(row).toHaveCount(1, { timeout: 30_000 });
  await expect(row.getByRole('cell').nth(3)).toHaveText(/^[2-9]$/, { timeout: 30_000 });
  const before = await number(row.getByRole('cell').nth(1).innerText());
  await desk.page.evaluate(() => document.documentElement.setAttribute('data-mark', ''));
  await sendTicket(ALPINE, `${HOPELESS} (group 3)`);
  await expect.poll(() => number(row.getByRole('cell').nth(1).innerText()), { timeout: 30_000 }).toBeGreaterThan(before);
  await expect(desk.page.locator('html[data-mark]')).toHaveCount(1);
});

test('its page says whom, what and since when, and leads to its commands', async () => {
  await groups.row(TITLE).getByRole('link', { name: TITLE }).click();
  await group.ready(TITLE);
  await expect(group.head()).toContainText('New');
  await expect(desk.page.getByRole('table', { name: /Customers of this group/ })).toContainText(ALPINE.name);
  await expect(desk.page.getByRole('table', { name: /Customers of this group/ })).toContainText(CONTOSO.name);
  await expect(desk.page.getByRole('table', { name: 'Command types it happens in' })).toContainText('tickets/EnhanceTicket');
  await expect(group.fact('Alike by')).toContainText('code, message and frames, rule 1');
  await expect(group.head().getByRole('button', { name: /^Retry all that fit…/ })).toHaveAccessibleDescription(/start a support session/);
  await group.head().getByRole('link', { name: /waiting$/ }).click();
  const list = new Troubleshooting(desk);
  await list.ready('Troubleshooting');
  await expect(desk.page.getByRole('group', { name: 'Filters that hold' })).toContainText('group');
  await expect(desk.page.getByRole('row').nth(1)).toContainText(TITLE);
  await desk.page.goBack();
  await group.ready(TITLE);
});

test('somebody takes it, notes what they found, and names the ticket; no session on a customer is needed', async () => {
  await desk.page.keyboard.press('n');
  const note = await new DeedDialog(desk, NOTE).opened();
  await expect(note.root).toContainText('say why');
  await note.field('What others should know').fill('It began with the new assistant. The vendor knows.');
  await note.field(/^Reason/).fill(WHY);
  await note.run('Leave the note');
  await expect(desk.page.getByRole('main')).toContainText('It began with the new assistant.');

  const triage = await group.ask('Triage', TRIAGE);
  await triage.root.getByRole('radio', { name: /^Known/ }).check();
  await triage.field(/^Reason/).fill(WHY);
  await triage.button('Save').click();
  await expect(triage.root).toContainText('Name the ticket where the cause is worked on.');
  await triage.root.getByRole('textbox', { name: 'Ticket' }).fill('BUG-4711');
  await triage.rehearse();
  await expect(triage.changes()).toContainText('KNOWN');
  await triage.run('Save');
  await expect(group.head()).toContainText('Known');
  await expect(group.head()).toContainText(`by ${support.name}`);
  await expect(group.head()).toContainText('ticket BUG-4711');
});

test('set aside it leaves the list, and wakes by itself when more of it comes', async () => {
  await groups.visit();
  await expect(groups.row(TITLE)).toContainText('BUG-4711');
  const triage = await groups.ask(TITLE, 'Triage', TRIAGE);
  await triage.root.getByRole('radio', { name: /^Snoozed/ }).check();
  await triage.field('Or after so many more').fill('none');
  await expect(triage.root).toContainText('Wake after');
  await triage.field('Or after so many more').fill('2');
  await triage.field(/^Reason/).fill(WHY);
  await triage.run('Save');
  await groups.visit();
  await expect(groups.row(TITLE)).toHaveCount(0);
  await groups.visit('?state=SNOOZED');
  await expect(groups.row(TITLE)).toHaveCount(1);
  await groups.visit();
  await Promise.all([sendTicket(ALPINE, `${HOPELESS} (group 4)`), sendTicket(ALPINE, `${HOPELESS} (group 5)`)]);
  await expect(groups.row(TITLE)).toContainText('New', { timeout: 30_000 });
});

test('resolved it comes back as regressed, and the terminal tells the same', async () => {
  const terminal = new Terminal();
  await terminal.signIn(support);
  const listed = await terminal.json<{ rows: { id: number; title: string; state: string }[] }>('groups', 'list');
  const id = String(listed.rows.find((row) => row.title === TITLE)!.id);
  await terminal.say('groups', 'triage', id, 'resolved', '--note', 'The vendor doubled the quota', '--reason', WHY);
  await groups.visit();
  await expect(groups.row(TITLE)).toHaveCount(0);
  await sendTicket(CONTOSO, `${HOPELESS} (group 6)`);
  await expect(groups.row(TITLE)).toContainText('Regressed', { timeout: 30_000 });
  const told = await terminal.say('groups', 'show', id);
  expect(told).toContain('regressed');
  expect(told).toContain('The vendor doubled the quota');
  expect(told).toContain(CONTOSO.name);
  const no = await terminal.run(['groups', 'triage', id, 'known', '--reason', WHY]);
  expect([no.code, no.err]).toEqual([7, expect.stringContaining('needs the ticket')]);
  await groups.row(TITLE).getByRole('link', { name: TITLE }).click();
  await group.ready(TITLE);
  await expect(group.head()).toContainText('It failed again');
});

test('inside a session what of it waits at that customer is previewed at once', async () => {
  await group.startSession(CONTOSO, 'SUP-77', 'Their tickets are not answered any more');
  await group.ready(TITLE);
  await desk.page.keyboard.press('a');
  const bulk = await new DeedDialog(desk, BULK).opened();
  await expect(bulk.root).toContainText(/\d+ commands? fits?/);
  await expect(bulk.root).toContainText(/group \d+ · Contoso Estates/);
  await bulk.leave();
  await group.endSession();
});

test('an address that is no group says so', async () => {
  desk.watch.expect(/status of 404/, 'a group that is not there');
  await desk.page.goto('/troubleshooting/groups/999999999');
  await expect(desk.page.getByRole('main')).toContainText('Not here');
});
