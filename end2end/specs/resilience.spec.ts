// What dies in the middle: a worker, and the database. Nothing is lost, and the console says how it stands.

import { ALPINE, CONTOSO, drawPlan, sendSample } from '../fixtures/customers.ts';
import { consoleUrl } from '../fixtures/environment.ts';
import { withoutDatabase, workerAtStep } from '../fixtures/processes.ts';
import { expect, test } from '../fixtures/test.ts';
import { CustomerApp } from '../pages/customer-app.ts';
import { Frame } from '../pages/frame.ts';
import { Command } from '../pages/troubleshooting.ts';

test.setTimeout(120_000);

test('a worker killed in the middle of a step: another one takes over, and the work ends', async ({ hire }) => {
  const { desk } = await hire('Annie Easley', 'support');
  const worker = workerAtStep('wall_detection', 20_000);
  const plan = await sendSample(CONTOSO, 'heavy');
  const { pid, name } = await worker;
  process.kill(pid, 'SIGKILL');

  const command = new Command(desk);
  await command.visit(plan, 'IngestPlan');
  await expect(desk.page.getByRole('main')).toContainText('The worker vanished; its lease ran out', { timeout: 30_000 });
  // Two attempts are left; both run out of memory, which is the right end of this plan.
  await command.waits(60_000);
  await desk.page.getByRole('link', { name: 'See its run, step by step' }).click();
  await new Frame(desk).ready(/plan_ingest/);
  await desk.page.getByRole('link', { name: 'Attempt 1, lost', exact: true }).click();
  await expect(desk.page.getByRole('main')).toContainText(new RegExp(`Worker\\s*${name} `));
  await desk.page.getByRole('link', { name: /^Attempt 2, failed/ }).click();
  await expect(desk.page.getByRole('main')).toContainText('OUT_OF_MEMORY');
});

test('the database killed: the console says so, recovers by itself, and nothing is lost', async ({ hire, browser }) => {
  const { desk } = await hire('Karen Sparck Jones', 'support');
  desk.watch.expect(/status of 50\d|Failed to load|ERR_|EventSource/, 'while the database is away the console cannot answer');
  const customer = new CustomerApp(await browser.newPage());
  await customer.visit(ALPINE);
  const frame = new Frame(desk);
  await frame.open('/troubleshooting', 'Troubleshooting');
  const files = ['before', 'meanwhile', 'after'].map((when) => `${when}-${Date.now()}.pdf`);
  const plan = await drawPlan('ordinary', files[0], 11);
  const [meanwhile, after] = [await drawPlan('ordinary', files[1], 12), await drawPlan('ordinary', files[2], 13)];

  // A tab where nobody does anything has to say so as well.
  const beside = await desk.anotherTab();
  beside.watch.expect(/status of 50\d|Failed to load|ERR_|EventSource/, 'while the database is away the console cannot answer');
  const idle = new Frame(beside);
  await idle.open('/audit', 'Audit');

  await customer.upload(plan);
  let sent: string | undefined;
  await withoutDatabase(async () => {
    await desk.page.goto('/jobs');
    // In place of the page, or in place of its content when the database went while it was put together.
    await expect(desk.page.getByRole('heading', { name: /The console cannot (show this now|reach what it needs)/ })).toBeVisible();
    await desk.watch.audit(' away');
    await expect(beside.page.getByText('Reconnecting…')).toBeVisible();
    // Taken once the database is back, or refused with words: never taken and forgotten.
    sent = await customer.tryToUpload(meanwhile);
  });

  await expect.poll(async () => (await fetch(`${consoleUrl}/readyz`)).status, { timeout: 30_000 }).toBe(200);
  await frame.open('/jobs', 'Jobs');
  await idle.live();
  if (!sent) await customer.upload(meanwhile);
  const last = await customer.upload(after);
  for (const file of files) await expect(customer.plan(file)).toContainText(/Ready: \d+ rooms found/, { timeout: 40_000 });
  const command = new Command(desk);
  await command.visit(last, 'IngestPlan');
  await expect(desk.page.getByRole('main')).toContainText('Completed');
  await customer.page.close();
});
