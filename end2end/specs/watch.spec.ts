// Checks, alerts, webhooks and scripts' accounts, as people see to them in the browser: begun, changed, rehearsed, ended.

import path from 'node:path';
import { script } from '../fixtures/database.ts';
import { Desk } from '../fixtures/desk.ts';
import { newcomer } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { DeedDialog } from '../pages/deed-dialog.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(90_000);

const WHY = 'The shop has to answer, day and night';
const NAME = `Shop ${process.pid}`;

let desk: Desk;
test.beforeAll(async ({ browser }) => {
  test.setTimeout(90_000);
  desk = await Desk.open(browser);
  await newcomer(desk, 'Klara Dan', 'admin');
});
test.afterEach(() => desk.verify());
test.afterAll(async () => {
  await script(`delete from ops.alert_rule where name like '%${process.pid}%'; delete from ops.check where name like '%${process.pid}%'; delete from ops.webhook where name like '%${process.pid}%';`);
  await desk.close();
});

async function ask(button: string | RegExp, title: string, inside = desk.page.getByRole('main')) {
  await inside.getByRole('button', { name: button }).first().click();
  return new DeedDialog(desk, title).opened();
}

/** The picture of what is open, in both schemes and on a phone, and what axe says of it. */
async function look(name: string) {
  for (const [width, height] of [[1280, 900], [390, 844]] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await desk.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await desk.page.setViewportSize({ width, height });
      // Colours change over a moment.
      await desk.page.waitForTimeout(400);
      await desk.page.screenshot({ path: path.join('test-results', 'looks', `${name}-${width}-${colorScheme}.png`) });
      await desk.watch.audit(` ${name} ${width} ${colorScheme}`);
    }
  }
  await desk.page.setViewportSize({ width: 1280, height: 900 });
}

test('a check is begun with what its kind asks for, rehearsed first, and goes down by itself', async () => {
  await desk.page.goto('/checks');
  const dialog = await ask(/^New check/, 'Save the check');
  await dialog.field('Name').fill(NAME);
  await dialog.root.getByRole('combobox', { name: 'What is asked' }).selectOption('HEARTBEAT');
  await expect(dialog.field('Target')).toHaveCount(0);
  await expect(dialog.field(/^Its line of cron/)).toBeVisible();
  await dialog.root.getByRole('combobox', { name: 'What is asked' }).selectOption('TCP');
  await dialog.field(/^Reason/).fill(WHY);
  await dialog.button('Save').click();
  await expect(dialog.root).toContainText('Target is needed.');
  await dialog.field('Target').fill('127.0.0.1:1');
  await dialog.field(/^How often/).fill('1s');
  await dialog.field(/^Down after/).fill('1');
  await expect(dialog.root).toContainText('opsctl check save');
  await dialog.rehearse();
  await look('save-check');
  expect(await script(`select count(*) from ops.check where name = '${NAME}'`)).toBe('0');
  await dialog.run('Save');
  const row = desk.page.getByRole('row').filter({ hasText: NAME });
  await expect(row).toContainText('Down', { timeout: 30_000 });
  await look('checks-one-down');
  await row.getByRole('link', { name: NAME }).click();
  await expect(desk.page.getByRole('heading', { level: 1, name: NAME })).toBeVisible();
});

test('it is paused, changed, put into maintenance and taken out again, and deleted with a reason', async () => {
  const pause = await ask(/^Pause/, 'Pause or resume the check');
  await pause.field(/^Reason/).fill(WHY);
  await pause.run('Pause it');
  await expect(desk.page.getByRole('main')).toContainText('Paused');
  const change = await ask(/^Change/, 'Save the check');
  await expect(change.field('Target')).toHaveValue('127.0.0.1:1');
  await change.field('Target').fill('127.0.0.1:2');
  await change.field(/^Reason/).fill(WHY);
  await change.run('Save');
  await expect(desk.page.getByRole('main')).toContainText('127.0.0.1:2');
  const window = await ask(/^Maintenance/, 'Announce maintenance');
  await window.field(/^Why, for/).fill('The shop moves');
  await window.field(/^Reason/).fill(WHY);
  await window.run('Announce it');
  await expect(desk.page.getByRole('main')).toContainText('The shop moves');
  await look('check-in-maintenance');
  const end = await ask(/^End/, 'End the maintenance');
  await end.field(/^Reason/).fill(WHY);
  await end.run('End it');
  await expect(desk.page.getByRole('main')).not.toContainText('The shop moves');
});

test('a rule raises an alert, somebody looks after it, and the keyboard is enough for that', async () => {
  const resume = await ask(/^Resume/, 'Pause or resume the check');
  await resume.field(/^Reason/).fill(WHY);
  await resume.run('Let it go on');
  await desk.page.goto('/alerts');
  await desk.page.getByRole('button', { name: /^New rule/ }).focus();
  await desk.page.keyboard.press('Enter');
  const rule = await new DeedDialog(desk, 'Save the alert rule').opened();
  await expect(rule.field('Name')).toBeFocused();
  await desk.page.keyboard.type(`Down ${process.pid}`);
  await desk.page.keyboard.press('Tab');
  await desk.page.keyboard.type('Checks');
  await expect(rule.root.getByRole('combobox', { name: 'What it looks at' })).toHaveValue('CHECK');
  await rule.field(/^Reason/).fill(WHY);
  await rule.run('Save');
  const alert = desk.page.getByRole('row').filter({ hasText: `${NAME} is down` }).filter({ hasText: `Down ${process.pid}` });
  await expect(alert).toContainText('Open', { timeout: 40_000 });
  await look('alerts-one-open');
  await alert.getByRole('button', { name: /^Acknowledge/ }).click();
  const acknowledge = await new DeedDialog(desk, 'Acknowledge the alert').opened();
  await acknowledge.field(/^What others/).fill('The shop is being moved');
  await acknowledge.field(/^Reason/).fill(WHY);
  await acknowledge.run('I look after it');
  await expect(alert).toContainText('Klara Dan: The shop is being moved');
});

test('a webhook shows its secret once, and its address never again', async () => {
  const hook = await ask(/^New webhook/, 'Save the webhook');
  await hook.field('Name').fill(`Pager ${process.pid}`);
  await hook.field('Address').fill('https://pager.example/hook?token=hunter2');
  await hook.field(/^Reason/).fill(WHY);
  await hook.button('Save').click();
  await expect(hook.root).toContainText('whsec_');
  await hook.root.getByRole('button', { name: 'Close' }).last().click();
  const row = desk.page.getByRole('row').filter({ hasText: `Pager ${process.pid}` });
  await expect(row).toContainText('pager.example');
  await expect(desk.page.locator('body')).not.toContainText('hunter2');
  const gone = await ask(/^Delete/, 'Delete the webhook', row);
  await gone.field(/^Reason/).fill(WHY);
  await gone.run('Delete the webhook');
  await expect(row).toHaveCount(0);
});

test('a script gets an account, uses it, and is stopped', async ({ request }) => {
  await desk.page.goto('/service-accounts');
  const issue = await ask(/^Issue one/, 'Issue a service account');
  await issue.field('Name').fill(`agent ${process.pid}`);
  await issue.root.getByRole('checkbox', { name: /^logs.read/ }).check();
  await issue.field(/^Reason/).fill('It reads the logs of tonight');
  await look('issue-service-account');
  await issue.button('Issue it').click();
  const token = (await issue.root.getByText(/^[0-9a-f]{64}$/).innerText()).trim();
  await issue.root.getByRole('button', { name: 'Close' }).last().click();
  const row = desk.page.getByRole('row').filter({ hasText: `agent ${process.pid} (for Klara Dan)` });
  await expect(row).toContainText('read, logs.read');
  await look('service-accounts');
  const context = () => request.get('/api/ops/context', { headers: { authorization: `Bearer ${token}` } });
  expect((await context()).status()).toBe(200);
  const end = await ask(/^End/, 'End the service account', row);
  await end.field(/^Reason/).fill('The night is over');
  await end.run('End it');
  await expect(row).toContainText('Ended');
  expect((await context()).status()).toBe(401);
});
