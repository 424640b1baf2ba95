// Many commands at once take two people: one proposes, another approves.

import { ALPINE, HOPELESS, sendTicket } from '../fixtures/customers.ts';
import { Desk } from '../fixtures/desk.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { newcomer, Staff } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { DeedDialog } from '../pages/deed-dialog.ts';
import { Operation, Queue } from '../pages/operations.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(120_000);

let [first, second]: Desk[] = [];
let [proposer, lead]: Staff[] = [];
let admin: Terminal;
const limit = (commands: string) => admin.say('bulk', 'approval-limit', commands, '--reason', 'The specs try it out');

test.beforeAll(async ({ browser }) => {
  [first, second] = [await Desk.open(browser), await Desk.open(browser)];
  [proposer, lead] = [await newcomer(first, 'Karen Jones', 'support'), await newcomer(second, 'Margaret Rock', 'lead')];
  const desk = await Desk.open(browser);
  const chief = await newcomer(desk, 'Joan Clarke', 'admin');
  admin = new Terminal();
  await admin.signIn(chief);
  await desk.close();
  await limit('0');
});
test.afterEach(() => [first, second].forEach((desk) => desk.verify()));
test.afterAll(async () => {
  await limit('1000');
  await Promise.all([first.close(), second.close()]);
});

test('what one proposes another approves, and both names stay with it', async () => {
  await sendTicket(ALPINE, `${HOPELESS} (approval)`);
  const queue = new Queue(first);
  await queue.visit('?tenant=alpine&code=QUOTA');
  await queue.startSession(ALPINE, 'SUP-77', 'The quota of the assistant is back');
  await queue.raise(proposer);
  await expect
    .poll(async () => { await queue.visit('?tenant=alpine'); return first.page.locator('#how-many').innerText(); }, { timeout: 40_000 })
    .toMatch(/[1-9]/);
  const dialog = await queue.askForAll();
  await expect(dialog.root).toContainText('a second person has to approve before anything is sent');
  await dialog.button('Start').click();
  await expect(dialog.root).toContainText('Nothing is sent yet.');
  await dialog.root.getByRole('link', { name: 'Follow it' }).click();
  const mine = new Operation(first);
  await mine.stands('Waits for approval');
  await expect(first.page.getByRole('button', { name: /^Approve…/ })).toHaveAccessibleDescription(/somebody else has to approve it/);
  await first.watch.audit(' proposed');

  const theirs = new Operation(second);
  await second.page.goto(new URL(first.page.url()).pathname);
  await theirs.stands('Waits for approval');
  await theirs.startSession(ALPINE, 'SUP-78', 'Looking at what Karen proposed');
  await theirs.raise(lead);
  await second.page.keyboard.press('y');
  const approve = await new DeedDialog(second, 'Approve the operation').opened();
  await approve.rehearse();
  await approve.run('Approve');
  await expect(second.page.getByRole('main')).toContainText('approved by Margaret Rock', { timeout: 20_000 });
  await expect(first.page.getByRole('main')).toContainText('approved by Margaret Rock', { timeout: 20_000 });
  await expect(first.page.getByRole('main')).not.toContainText('Waits for approval');
});

test('from how many on is set where operations are listed, by who may', async ({ hire }) => {
  const list = new Operation(first);
  await list.open('/operations', 'Operations');
  await expect(list.page.getByRole('main')).toContainText('More than 0 at once need a second person.');
  await expect(list.button('Limit of approval')).toHaveAccessibleDescription(/your roles lack/);

  const { desk } = await hire('Elizebeth Friedman', 'admin');
  const theirs = new Operation(desk);
  await theirs.open('/operations', 'Operations');
  const dialog = await theirs.ask('Limit of approval', 'Set the limit of approval');
  await dialog.field(/^Commands one person alone/).fill('many');
  await expect(dialog.root).toContainText('A whole number between 0 and 1,000,000 is needed.');
  await dialog.field(/^Commands one person alone/).fill('1000');
  await dialog.field(/^Reason/).fill('The specs have tried it out');
  await dialog.rehearse();
  await dialog.run('Set');
  await expect(desk.page.getByRole('main')).toContainText('More than 1,000 at once need a second person.');
});
