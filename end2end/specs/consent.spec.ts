// What a customer writes in private is masked, and revealed only while they agree: given and withdrawn on their own page.

import { CONTOSO, HOPELESS, sendTicket } from '../fixtures/customers.ts';
import { demoUrl } from '../fixtures/environment.ts';
import { expect, test } from '../fixtures/test.ts';
import { Command, REVEAL } from '../pages/troubleshooting.ts';

test.setTimeout(90_000);

const NOTE = 'the key is under the mat';

test('a private note is seen by staff only while the customer agrees', async ({ hire, openDesk }) => {
  const ticket = await sendTicket(CONTOSO, HOPELESS, NOTE);
  const { desk } = await hire('Mary Ross', 'lead');
  const command = new Command(desk);
  await command.visit(ticket, 'EnhanceTicket');
  await command.waits();
  await command.startSession(CONTOSO, 'SUP-881', 'They ask what became of their ticket');
  await expect(command.payload()).toContainText('••••••');
  await expect(command.payload()).not.toContainText(NOTE);

  const ask = async () => {
    const dialog = await command.ask('Reveal what is masked', REVEAL);
    await dialog.field(/^Why it has to be seen/).fill('They ask us to read it to them');
    return dialog;
  };
  desk.watch.expect(/status of 409.*reveal-payload/, 'the customer has not agreed');
  const refused = await ask();
  await refused.button('Reveal').click();
  await expect(refused.root).toContainText('All that is masked here is private. That takes the customer\u2019s consent');
  await desk.watch.audit(' refused');
  await refused.leave();

  const theirs = await openDesk();
  await theirs.page.goto(`${demoUrl}/?tenant=contoso`);
  await expect(theirs.page.getByRole('main')).toContainText('Support does not see what you wrote to facilities in private.');
  await theirs.page.getByRole('button', { name: 'Let support read it for a day' }).click();
  await expect(theirs.page.getByRole('main')).toContainText('Support may read what you wrote in private until');

  const dialog = await ask();
  await dialog.button('Reveal').click();
  await expect(dialog.root).toContainText('The customer agreed: private by consent');
  await expect(dialog.root).toContainText(NOTE);
  await dialog.root.getByRole('button', { name: 'Close' }).last().click();

  await theirs.page.getByRole('button', { name: 'Withdraw' }).click();
  await expect(theirs.page.getByRole('button', { name: 'Let support read it for a day' })).toBeVisible();
  const again = await ask();
  await again.button('Reveal').click();
  await expect(again.root).toContainText('That takes the customer\u2019s consent');
  await again.leave();
});
