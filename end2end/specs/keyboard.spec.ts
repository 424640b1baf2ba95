// A whole case without the mouse: session, write mode, palette, list, deed.

import { ALPINE, HOPELESS, sendTicket } from '../fixtures/customers.ts';
import { expect, test } from '../fixtures/test.ts';
import { Command, RETRY, Troubleshooting } from '../pages/troubleshooting.ts';

test('start a session, raise it, find the list, walk it and retry, by keyboard only', async ({ hire }) => {
  const { staff, desk } = await hire('Grete Hermann', 'support');
  const ids = [await sendTicket(ALPINE, `${HOPELESS} (six)`), await sendTicket(ALPINE, `${HOPELESS} (seven)`)];
  const waiting = new Command(desk);
  for (const id of ids) {
    await waiting.visit(id, 'EnhanceTicket');
    await waiting.waits();
  }
  const list = new Troubleshooting(desk);
  await list.visit('?tenant=alpine');
  const { keyboard } = desk.page;

  await keyboard.press('s');
  const start = list.dialog('Start a support session');
  await expect(start.getByLabel('Customer')).toBeFocused();
  await keyboard.type(ALPINE.name);
  await expect(start.getByLabel('Customer').getByRole('option', { name: ALPINE.name, selected: true })).toBeAttached();
  await keyboard.press('Tab');
  await keyboard.type('SUP-90');
  await keyboard.press('Tab');
  await keyboard.type('The printer on the second floor');
  await keyboard.press('Enter');
  await expect(list.bar()).toContainText('Read only');
  await list.live();

  await keyboard.press('w');
  await expect(list.dialog('Raise to write').getByLabel('Code from your authenticator app')).toBeFocused();
  desk.watch.expect(/status of 401.*\/fn\/me/, 'raising gives the sign-in another token');
  await keyboard.type(await staff.app.fresh());
  await keyboard.press('Enter');
  await expect(list.bar()).toContainText(/Write/);
  await list.live();

  await keyboard.press('g');
  await keyboard.press('j');
  await list.ready('Jobs');
  await keyboard.press('Control+k');
  const palette = desk.page.getByRole('combobox', { name: 'Search pages and actions' });
  await expect(palette).toBeFocused();
  await desk.watch.audit();
  await keyboard.type('retry');
  await expect(desk.page.getByRole('option', { name: /Retry the command/, selected: true })).toBeVisible();
  await keyboard.press('Enter');
  await list.ready('Troubleshooting');

  await keyboard.press('/');
  await expect(list.line()).toBeFocused();
  await list.visit('?tenant=alpine');
  await keyboard.press('j');
  await keyboard.press('j');
  // The first row is the heads.
  const chosen = (place: number) => desk.page.getByRole('row').nth(place).getByRole('link');
  await expect(chosen(2)).toBeFocused();
  await keyboard.press('k');
  await expect(chosen(1)).toBeFocused();
  await expect(desk.page.getByRole('row', { selected: true })).toHaveCount(1);

  await keyboard.press('r');
  const dialog = list.dialog(RETRY);
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('checkbox')).toBeFocused();
  const run = dialog.getByRole('button', { name: 'Retry', exact: true });
  const rehearse = dialog.getByRole('button', { name: 'Rehearse' });
  const tabTo = async (target: typeof run) => {
    for (let tabs = 0; tabs < 12 && !(await target.evaluate((element) => element === document.activeElement)); tabs += 1) await keyboard.press('Tab');
    await expect(target).toBeFocused();
  };
  await tabTo(rehearse);
  await keyboard.press('Enter');
  await expect(dialog).toContainText('Rehearsed. Nothing was changed.');
  await tabTo(run);
  await keyboard.press('Enter');
  await expect(dialog).toContainText('Done.');
  await keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  // Outside of dialogs, Escape twice ends the session.
  await keyboard.press('Escape');
  await keyboard.press('Escape');
  await keyboard.press('Escape');
  await expect(list.bar()).toContainText('No support session');
});

test('the group of a row is a key away, and what is picked asks for the session it needs', async ({ hire }) => {
  const { desk } = await hire('Emmy Noether', 'lead');
  const id = await sendTicket(ALPINE, `${HOPELESS} (eight)`);
  const waiting = new Command(desk);
  await waiting.visit(id, 'EnhanceTicket');
  await waiting.waits();
  const list = new Troubleshooting(desk);
  const { keyboard } = desk.page;
  const walk = async () => {
    await list.visit('?tenant=alpine&code=QUOTA');
    await keyboard.press('j');
    await expect(list.rows().first().getByRole('link')).toBeFocused();
  };

  await walk();
  await keyboard.press('x');
  await keyboard.press('r');
  const retry = list.dialog('Retry all that fit');
  await expect(retry).toContainText('1 chosen one by one');
  await expect(retry).toContainText('start a support session');
  await expect(retry.getByRole('link', { name: 'Start a session' })).toBeVisible();
  await keyboard.press('Escape');
  await expect(retry).toBeHidden();
  await keyboard.press('x');

  await walk();
  await keyboard.press('s');
  const triage = list.dialog('Say where the group stands');
  await expect(triage.getByRole('radio', { name: /Snoozed/ })).toBeChecked();
  await expect(triage.getByLabel('Wake after')).toHaveValue('4h');
  await desk.watch.audit(' snooze');
  await keyboard.press('Escape');
  await expect(triage).toBeHidden();
  const group = desk.page.url().split('?')[0];

  await walk();
  await keyboard.press('g');
  await keyboard.press('g');
  await expect(desk.page).toHaveURL(group);
  await walk();
  await keyboard.press('g');
  await keyboard.press('o');
  await list.ready('Operations');
  await walk();
  await keyboard.press('g');
  await expect(desk.page).toHaveURL(group, { timeout: 3_000 });
  await keyboard.press('?');
  await expect(list.dialog('Keys')).toContainText('Snooze the group');
});
