// Every page at three widths, light and dark: nothing wider than the window, axe content, and a picture to look at in
// test-results/looks.

import path from 'node:path';
import { HOPELESS, MENDED, NORTHWIND, sendSample, sendTicket } from '../fixtures/customers.ts';
import { script } from '../fixtures/database.ts';
import { Desk } from '../fixtures/desk.ts';
import { consoleUrl } from '../fixtures/environment.ts';
import { invite, newcomer, PASSWORD, type Staff } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { Enrolment } from '../pages/enrolment.ts';
import { Operation, Queue } from '../pages/operations.ts';
import { Groups } from '../pages/groups.ts';
import { Command } from '../pages/troubleshooting.ts';

test.describe.configure({ mode: 'serial' });

const SIZES = [
  { width: 1280, height: 900 },
  { width: 1920, height: 1080 },
  { width: 390, height: 844 },
];
const SCHEMES = ['light', 'dark'] as const;

let desk: Desk;
const pages: { name: string; path: string; heading: string | RegExp }[] = [
  { name: 'dashboard', path: '/', heading: 'Dashboard' },
  { name: 'troubleshooting', path: '/troubleshooting', heading: 'Troubleshooting' },
  { name: 'jobs', path: '/jobs', heading: 'Jobs' },
  { name: 'frontend-errors', path: '/frontend-errors', heading: 'Frontend errors' },
  { name: 'logs', path: '/logs', heading: 'Logs' },
  { name: 'logs-own', path: '/logs?service=own', heading: 'Logs' },
  { name: 'health', path: '/health', heading: 'Health' },
  { name: 'deploys', path: '/deploys', heading: 'Deploys' },
  { name: 'checks', path: '/checks', heading: 'Checks' },
  { name: 'alerts', path: '/alerts', heading: 'Alerts' },
  { name: 'service-accounts', path: '/service-accounts', heading: 'Service accounts' },
  { name: 'audit', path: '/audit', heading: 'Audit' },
  { name: 'audit-verified', path: '/audit?verify=now', heading: 'Audit' },
  { name: 'dialog-start', path: '/jobs?dialog=start', heading: 'Jobs' },
  { name: 'dialog-palette', path: '/jobs?dialog=palette', heading: 'Jobs' },
  { name: 'dialog-keys', path: '/jobs?dialog=keys', heading: 'Jobs' },
  { name: 'nothing-there', path: '/no-such-page', heading: /./ },
];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  const [ticket, plan, house] = [await sendTicket(NORTHWIND, HOPELESS), await sendSample(NORTHWIND, 'heavy'), await sendSample(NORTHWIND, 'ordinary')];
  await Promise.all([...Array(14).keys()].map((n) => sendTicket(NORTHWIND, `${n % 3 === 0 ? HOPELESS : MENDED} (look ${n})`)));
  desk = await Desk.open(browser);
  desk.watch.expect(/status of 404/, 'a page that is not there answers 404');
  const lead = await newcomer(desk, 'Hedy Lamarr', 'lead');
  const command = new Command(desk);
  await command.visit(ticket, 'EnhanceTicket');
  await command.waits();
  await command.startSession(NORTHWIND, 'SUP-31', 'Looking at how their plans fail');
  const jobOf = async (id: string) => {
    await command.visit(id, 'IngestPlan');
    const link = desk.page.getByRole('link', { name: 'See its run, step by step' });
    await expect(link).toBeVisible();
    return (await link.getAttribute('href'))!;
  };
  const finished = await jobOf(house);
  const failed = await jobOf(plan);
  await command.waits();
  const [ended, halted] = await operations(lead);
  const groups = new Groups(desk);
  await groups.visit('?state=all');
  const group = (await groups.row('assistant: quota used up').getByRole('link').first().getAttribute('href'))!;
  await desk.page.request.post(`${consoleUrl}/api/ops/frontend-log?k=northwindpages01`, { data: JSON.stringify({ v: 1, b: 'demo-0.1.0', p: 'looks', n: 0, e: [
    { k: 0, r: '/plans', w: 'c,o', q: plan, m: 'TypeError: the north wing has no door', s: 'draw@https://shop.example/app.js:1:2\nload@https://shop.example/app.js:9:4', c: 3 },
    { k: 2, r: '/plans', w: 'c,o', m: 'the sketch could not be kept', s: '', c: 1 },
  ] }) });
  const error = await script("select id from telemetry.error_group where title like '%north wing has no door%'");
  pages.push(
    { name: 'frontend-group', path: `/frontend-errors/${error}`, heading: /north wing/ },
    { name: 'groups', path: '/troubleshooting/groups', heading: 'Troubleshooting' },
    { name: 'group', path: group, heading: /quota used up/ },
    { name: 'dialog-triage', path: `${group}?do=triage`, heading: /quota used up/ },
    { name: 'operations', path: '/operations', heading: 'Operations' },
    { name: 'operation-finished', path: ended, heading: /^Retry 1\d commands$/ },
    { name: 'operation-halted', path: halted, heading: /^Retry \d+ commands$/ },
    { name: 'dialog-bulk', path: '/troubleshooting?tenant=northwind&domain=tickets&do=bulk', heading: 'Troubleshooting' },
    { name: 'find', path: '/troubleshooting?find=' + encodeURIComponent('error:quota attempts<3 payload.requested_by:nobody'), heading: 'Troubleshooting' },
    { name: 'find-wrong', path: '/troubleshooting?find=tpye%3AIngestPlan', heading: 'Troubleshooting' },
    { name: 'dialog-export', path: '/troubleshooting?tenant=northwind&do=export', heading: 'Troubleshooting' },
    { name: 'dialog-save-view', path: '/troubleshooting?tenant=northwind&do=save-view', heading: 'Troubleshooting' },
    { name: 'dialog-bulk-edit', path: '/troubleshooting?tenant=northwind&domain=tickets&do=bulk-edit', heading: 'Troubleshooting' },
    { name: 'dialog-bulk-reprocess', path: '/troubleshooting?tenant=northwind&find=step:wall_detection&do=bulk-reprocess', heading: 'Troubleshooting' },
    { name: 'dialog-limit', path: '/operations?do=limit', heading: 'Operations' },
    { name: 'dialog-edit', path: `/troubleshooting/${plan}?do=edit`, heading: 'IngestPlan' },
    { name: 'dialog-resume', path: `${halted}?do=resume`, heading: /^Retry \d+ commands$/ },
    { name: 'command', path: `/troubleshooting/${ticket}`, heading: 'EnhanceTicket' },
    { name: 'job-failed', path: failed, heading: /heavy/ },
    { name: 'job-finished', path: finished, heading: /ordinary/ },
    { name: 'dialog-reprocess', path: `${failed}?do=reprocess`, heading: /heavy/ },
    { name: 'dialog-raise', path: `${failed}?dialog=raise`, heading: /heavy/ },
  );
});
test.afterAll(async () => desk.close());

/** Two operations: one that has ended, and one over what it could not mend, which halts by itself. */
async function operations(lead: Staff): Promise<[string, string]> {
  const [queue, operation] = [new Queue(desk), new Operation(desk)];
  const start = async (halt: string, word: string) => {
    await queue.visit('?tenant=northwind&domain=tickets');
    const dialog = await queue.askForAll();
    await expect(dialog.root).toContainText(/[1-9]\d* commands fit/);
    await dialog.field(/^Rate/).fill('100');
    await dialog.field(/^Failure limit/).fill(halt);
    await dialog.button('Start').click();
    await dialog.root.getByRole('link', { name: 'Follow it' }).click();
    await operation.stands(word, 40_000);
    return new URL(desk.page.url()).pathname;
  };
  await queue.visit('?tenant=northwind&domain=tickets');
  await queue.askToRaise(await lead.app.fresh());
  await expect(queue.bar()).toContainText(/Write/);
  const both: [string, string] = [await start('100', 'Finished'), await start('10', 'Halted by itself')];
  await queue.bar().getByRole('button', { name: 'Back to read only' }).click();
  await expect(queue.bar()).toContainText('Read only');
  return both;
}

for (const scheme of SCHEMES) {
  for (const size of SIZES) {
    test(`every page at ${size.width}, ${scheme}`, async () => {
      const { page, watch } = desk;
      test.setTimeout(90_000);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      for (const { name, path: where, heading } of pages) {
        await test.step(name, async () => {
          await page.goto(where);
          await expect(page.getByRole('heading', { level: 1, name: heading, includeHidden: true }).first()).toBeVisible();
          await expect(page.getByRole('banner').first()).toBeVisible();
          await page.screenshot({ path: path.join('test-results', 'looks', `${name}-${size.width}-${scheme}.png`) });
          const [inside, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
          expect(inside, `${name} is wider than the window`).toBeLessThanOrEqual(window);
          // At 1920 there is nothing on the page, and no colour, that 1280 has not.
          if (size.width !== 1920) await watch.audit(` ${name} ${size.width} ${scheme}`);
        });
      }
      watch.verify();
    });
  }
}

/** The page that is open, at every width, light and dark. */
async function everyLook({ page, watch }: Desk, name: string) {
  for (const scheme of SCHEMES) {
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      await page.screenshot({ path: path.join('test-results', 'looks', `${name}-${size.width}-${scheme}.png`) });
      const [inside, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      expect(inside, `${name} is wider than the window`).toBeLessThanOrEqual(window);
      await watch.audit(` ${name} ${size.width} ${scheme}`);
    }
  }
}

test('signing in and enrolling at every width, light and dark', async ({ desk: door }) => {
  test.setTimeout(90_000);
  await door.page.goto('/sign-in');
  await everyLook(door, 'sign-in');
  const { link } = await invite('Ida Rhodes', 'support');
  const enrolment = new Enrolment(door);
  await door.page.goto(link);
  await everyLook(door, 'enrol-password');
  await enrolment.choosePassword(PASSWORD);
  const app = await enrolment.addApp();
  await everyLook(door, 'enrol-app');
  await enrolment.enterCode(await app.fresh());
  await enrolment.recoveryCodes();
  await everyLook(door, 'enrol-codes');
});
