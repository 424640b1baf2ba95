// Who gets in, who was first, and what is left when a session ends.

import { CONTOSO, FABRIKAM, sendTicket, SLOW } from '../fixtures/customers.ts';
import { expect, test } from '../fixtures/test.ts';
import { Frame } from '../pages/frame.ts';
import { SignIn } from '../pages/sign-in.ts';
import { Command, RETRY } from '../pages/troubleshooting.ts';

const UNFIT = /do not fit/;

test('who is not signed in is sent to sign in, and back to where they wanted', async ({ desk, hire }) => {
  const { staff } = await hire('Ada Lovelace');
  await desk.page.goto('/jobs?status=FAILED');
  await expect(desk.page).toHaveURL(/\/sign-in\?next=%2Fjobs%3Fstatus%3DFAILED/);
  const signIn = new SignIn(desk);
  await expect(signIn.heading()).toBeVisible();
  await desk.watch.audit();
  await signIn.as(staff);
  await new Frame(desk).ready('Jobs');
  await expect(desk.page).toHaveURL(/\/jobs\?status=FAILED$/);

  // Nobody is sent to another site.
  await new Frame(desk).bar().getByText(staff.name).first().click();
  await desk.page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(signIn.heading()).toBeVisible();
  await desk.page.goto('/sign-in?next=//elsewhere.example/');
  await signIn.as(staff);
  await new Frame(desk).ready('Dashboard');
});

test('a wrong password, a wrong code and a code used twice are refused in the same words', async ({ desk, hire }) => {
  const { staff, desk: first } = await hire('Mary Somerville');
  await first.close();
  desk.watch.expect(/status of 4\d\d/, 'a refused sign-in answers with the status of a refusal');
  const signIn = new SignIn(desk);
  await desk.page.goto('/sign-in');
  await signIn.with(staff.email, 'some other words entirely', await staff.app.fresh());
  await expect(signIn.refusal()).toContainText(UNFIT);
  await desk.watch.audit(' refused');
  await signIn.with('nobody@staff.example', staff.password, '123456');
  await expect(signIn.refusal()).toContainText(UNFIT);
  await signIn.with(staff.email, staff.password, staff.app.wrong());
  await expect(signIn.refusal()).toContainText(UNFIT);

  const code = await staff.app.fresh();
  await signIn.with(staff.email, staff.password, code);
  await new Frame(desk).ready('Dashboard');
  await desk.page.context().clearCookies();
  await desk.page.goto('/sign-in');
  await signIn.with(staff.email, staff.password, code);
  await expect(signIn.refusal()).toContainText(UNFIT);
});

test('of two who retry at once one wins, and the other reads who', async ({ hire }) => {
  const ticket = await sendTicket(CONTOSO, SLOW);
  const people = [await hire('Emmy Noether', 'support'), await hire('Lise Meitner', 'support')];
  const dialogs = [];
  for (const { staff, desk } of people) {
    const command = new Command(desk);
    await command.visit(ticket, 'EnhanceTicket');
    await command.waits();
    await command.startSession(CONTOSO, 'SUP-77', 'Both of us were called about the lift');
    await command.raise(staff);
    dialogs.push(await command.ask('Retry', RETRY));
    desk.watch.expect(/status of 409/, 'who comes second is told so with 409');
  }
  await Promise.all(dialogs.map((dialog) => dialog.button('Retry').click()));
  for (const dialog of dialogs) await expect(dialog.root).toContainText(/Done\.|Somebody was first/);
  const said = await Promise.all(dialogs.map((dialog) => dialog.root.innerText()));
  const winners = said.map((words) => words.includes('Done.'));
  expect(winners.filter(Boolean)).toHaveLength(1);
  const winner = winners.indexOf(true);
  expect(said[1 - winner]).toContain(people[winner].staff.name);
});

test('when a session ends, other tabs hear of it at once and the content is masked again', async ({ hire }) => {
  const ticket = await sendTicket(FABRIKAM, 'quota: the door of the archive');
  const { desk } = await hire('Caroline Herschel', 'support');
  const command = new Command(desk);
  await command.visit(ticket, 'EnhanceTicket');
  await command.waits();
  await command.startSession(FABRIKAM, 'SUP-78', 'The archive cannot be opened');
  await expect(command.payload()).toContainText('the door of the archive');

  const other = new Command(await desk.anotherTab());
  await other.visit(ticket, 'EnhanceTicket');
  await expect(other.payload()).toContainText('the door of the archive');
  await command.endSession();
  // The stream may stay open for two seconds at most.
  await expect(other.page.getByRole('region', { name: 'Messages' })).toContainText('The support session has ended', { timeout: 4_000 });
  await expect(other.payload()).toBeHidden();
  await expect(other.page.getByRole('main')).toContainText('masked');
  await expect(other.page.getByRole('main')).not.toContainText('the door of the archive');
  await expect(command.page.getByRole('main')).not.toContainText('the door of the archive');
});
