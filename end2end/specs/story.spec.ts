// The whole story: from a customer's failed upload to an audited fix. One chapter builds on the one before.

import type { Browser } from '@playwright/test';
import { CONTOSO, drawPlan, HOPELESS, MENDED, NORTHWIND } from '../fixtures/customers.ts';
import { Desk } from '../fixtures/desk.ts';
import { enrolmentLink } from '../fixtures/environment.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { invite, newcomer, PASSWORD, Staff } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { Audit } from '../pages/audit.ts';
import { CustomerApp } from '../pages/customer-app.ts';
import { Dashboard } from '../pages/dashboard.ts';
import { Enrolment } from '../pages/enrolment.ts';
import { Frame } from '../pages/frame.ts';
import { Job } from '../pages/job.ts';
import { CANCEL, Command, COMPLETE, RETRY, Troubleshooting } from '../pages/troubleshooting.ts';

test.describe.configure({ mode: 'serial' });
test.setTimeout(120_000);

const HOUSE = 'terraced-house.pdf';
const HOSPITAL = 'hospital-wing-dense.pdf';
const TICKET = 'SUP-4711';
const REASON = 'The upload of their hospital wing fails';

let desk: Desk;
let overview: Desk;
let customer: CustomerApp;
let admin: Staff;
let job: Job;
/** Ids of commands. */
let hospital = '';
let jobUrl = '';
/** What the figures said before anything happened. */
let before = { troubleshooting: 0, errors: 0 };
const tickets = { cancel: '', complete: '', retry: '', mended: '' };

async function sitDown(browser: Browser) {
  desk = await Desk.open(browser);
  customer = new CustomerApp(await browser.newPage());
}

test.beforeAll(async ({ browser }) => sitDown(browser));
test.afterEach(() => desk.verify());
test.afterAll(async () => {
  await desk.close();
  await customer.page.context().close();
});

test('the first administrator enrols: password rules, authenticator app, recovery codes', async () => {
  const someone = enrolmentLink ? { email: 'admin@localhost.localdomain', link: enrolmentLink } : await invite('Administrator', 'admin');
  const enrolment = new Enrolment(desk);
  desk.watch.expect(/status of 4\d\d/, 'a refused form comes back with the status of a refusal');
  await desk.page.goto(someone.link);
  await expect(enrolment.heading('Welcome, Administrator')).toBeVisible();
  await desk.watch.audit();

  await enrolment.choosePassword('too short');
  await expect(enrolment.heading('Welcome, Administrator')).toBeVisible();
  await enrolment.choosePassword('password1234');
  await expect(enrolment.refusal()).toBeVisible();
  await desk.watch.audit(' refused');
  await enrolment.choosePassword(PASSWORD, `${PASSWORD}!`);
  await expect(enrolment.refusal()).toBeVisible();

  await enrolment.choosePassword(PASSWORD);
  const app = await enrolment.addApp();
  await desk.watch.audit();
  await enrolment.enterCode(app.wrong());
  await expect(enrolment.refusal()).toBeVisible();
  await enrolment.enterCode(await app.fresh());

  const codes = await enrolment.recoveryCodes();
  expect(new Set(codes).size).toBe(10);
  await desk.watch.audit();
  admin = new Staff('Administrator', someone.email, PASSWORD, app);
  await desk.page.getByRole('link', { name: 'I have stored them' }).click();
  await new Frame(desk).ready('Dashboard');

  await desk.page.goto(someone.link);
  await expect(desk.page.getByRole('main')).toContainText(/used|ended|expired/i);
  await desk.watch.audit(' used');
});

test('a customer uploads an ordinary plan and a heavy one; the dashboard counts without a reload', async () => {
  overview = await desk.anotherTab();
  const dashboard = new Dashboard(overview);
  await dashboard.visit();
  before = { troubleshooting: await dashboard.count('In troubleshooting'), errors: await dashboard.count('Frontend errors, 1 h') };

  await customer.visit(NORTHWIND);
  await customer.upload(await drawPlan('ordinary', HOUSE, 7));
  await expect(customer.plan(HOUSE)).toContainText(/Ready: \d+ rooms found/, { timeout: 20_000 });
  hospital = await customer.upload(await drawPlan('heavy', HOSPITAL, 3));
  await customer.upload(await drawPlan('not-a-pdf', 'holiday.pdf', 1));
  await expect(customer.plan('holiday.pdf')).toContainText('is not a PDF', { timeout: 20_000 });

  await expect(customer.plan(HOSPITAL)).toContainText('Being read, attempt 2', { timeout: 20_000 });
  await expect(customer.plan(HOSPITAL)).toContainText(/could not read this plan yet.*support team has been told/, { timeout: 40_000 });

  await expect.poll(() => dashboard.count('In troubleshooting'), { timeout: 15_000 }).toBe(before.troubleshooting + 1);
  await expect.poll(() => dashboard.count('Frontend errors, 1 h'), { timeout: 15_000 }).toBeGreaterThan(before.errors);
  await expect(overview.page.getByRole('main')).toContainText('Plan upload failed');
});

test('the job page: tree, attempts, measures against limits, and nothing of the customer’s', async () => {
  const command = new Command(desk);
  await command.visit(hospital, 'IngestPlan');
  await desk.page.getByRole('link', { name: 'See its run, step by step' }).click();
  job = new Job(desk);
  await job.ready(/plan_ingest/);
  jobUrl = new URL(desk.page.url()).pathname;
  await job.stands('Failed at wall_detection');

  for (const [step, word] of [
    ['pdf_upload', 'succeeded'],
    ['text_extraction', 'succeeded'],
    ['wall_detection', 'failed, root cause'],
  ]) {
    await expect(job.stepLink(step, word)).toBeVisible();
  }
  await expect(job.stepLink('room_detection', 'skipped')).toBeHidden();
  await job.fold().click();
  for (const step of ['room_detection', 'bim_generation']) await expect(job.stepLink(step, 'skipped')).toBeVisible();
  await expect(desk.page).toHaveURL(/skipped=shown/);
  await job.fold().click();
  await expect(job.stepLink('room_detection', 'skipped')).toBeHidden();
  await job.stands('wall_detection ran out of memory');
  for (const number of [1, 2, 3]) {
    await job.attempt(number).click();
    await expect(job.attempt(number)).toHaveAttribute('aria-current', 'true');
    await expect(desk.page.getByRole('main')).toContainText(/Memory, at most\s*\S+ MB of 256 MB/);
  }
  await expect(desk.page.getByRole('main')).toContainText(/CPU time\s*.+ of 1 m/);
  await expect(desk.page.getByRole('main')).toContainText(/masked/);
  await expect(desk.page.getByRole('main')).not.toContainText(HOSPITAL);
  await expect(job.log('wall_detection')).toBeHidden();
});

test('buttons say what is missing; a session shows the content; a fresh code raises it', async () => {
  const button = job.reprocessButton();
  await expect(button).toBeDisabled();
  await expect(button).toHaveAccessibleDescription(/start a support session on this tenant/);

  await job.startSession(NORTHWIND, TICKET, REASON);
  await expect(job.bar()).toContainText(TICKET);
  await expect(job.bar()).toContainText(/(59:\d\d|1:00:00|60:00)/);
  await job.ready(HOSPITAL);
  await desk.watch.audit(' inside');
  await expect(job.log('wall_detection')).toBeVisible();
  await job.stands(/out of memory: needed > 256 MB of 256 MB/i);
  await desk.page.getByRole('link', { name: 'Open the command' }).click();
  const command = new Command(desk);
  await command.ready('IngestPlan');
  await expect(command.payload()).toContainText(HOSPITAL);

  await job.open(jobUrl, HOSPITAL);
  const dialog = await job.reprocess();
  await expect(dialog.button('Reprocess')).toBeDisabled();
  await expect(dialog.root).toContainText('raise the session to write');
  await dialog.root.getByRole('link', { name: 'Raise to write' }).click();
  const used = await admin.app.fresh();
  await job.sendRaise(used);
  await expect(job.bar()).toContainText(/Write · \d+:\d\d left/);
  // Back where one was: the dialog is still open, and now nothing is missing.
  await dialog.opened();
  await expect(dialog.button('Reprocess')).toBeEnabled();
  await dialog.leave();
  await job.bar().getByRole('button', { name: 'Back to read only' }).click();
  await expect(job.bar()).toContainText('Read only');
  await job.live();

  await job.askToRaise(used);
  await expect(job.dialog('Raise to write').getByRole('alert')).toBeVisible();
  await expect(job.bar()).toContainText('Read only');
  await job.sendRaise(await admin.app.fresh());
  await expect(job.bar()).toContainText(/Write · \d+:\d\d left/);
});

test('reprocess: rehearsed, it changes nothing; run, the tree moves to the end and the plan is drawn', async () => {
  await job.open(jobUrl, HOSPITAL);
  const dialog = await job.reprocess();
  await dialog.field('From step').selectOption('wall_detection');
  await dialog.field('Memory for the steps run again').fill('1G');
  await dialog.rehearse();
  for (const words of ['step wall_detection · memory limit', '256 MB', '1 GB', 'command · status', 'IN_TROUBLESHOOTING_QUEUE', 'PENDING']) {
    await expect(dialog.changes()).toContainText(words);
  }
  await expect(dialog.root).toContainText('Outputs of pdf_upload, text_extraction are used again.');
  // Nothing was changed: another tab still sees it wait.
  const other = await desk.anotherTab();
  const command = new Command(other);
  await command.visit(hospital, 'IngestPlan');
  await command.waits(5_000);
  await other.page.close();

  await dialog.run('Reprocess');
  // Without a reload the tree moves from the failure to the end.
  for (const step of ['wall_detection', 'room_detection', 'bim_generation']) {
    await expect(job.stepLink(step, 'succeeded')).toBeVisible({ timeout: 40_000 });
  }
  await job.stands(/All 5 steps succeeded/);
  await expect(job.plan()).toBeVisible();
  await expect(job.plan()).toHaveAccessibleName(/61 rooms/);
  await desk.watch.audit(' with its plan');
  await expect(customer.plan(HOSPITAL)).toContainText('Ready: 61 rooms found');
  await expect(job.reprocessButton()).toBeDisabled();
});

test('the list is filtered by domain, type and date; tickets of it are cancelled, completed and retried', async () => {
  await customer.visit(NORTHWIND);
  tickets.cancel = await customer.ask(`${HOPELESS} (one)`);
  tickets.complete = await customer.ask(`${HOPELESS} (two)`);
  tickets.retry = await customer.ask(`${HOPELESS} (three)`);
  tickets.mended = await customer.ask(`${MENDED} (four)`);
  for (const id of Object.values(tickets)) {
    const command = new Command(desk);
    await command.visit(id, 'EnhanceTicket');
    await command.waits();
  }

  const list = new Troubleshooting(desk);
  await list.visit();
  await list.filter('domain').selectOption('tickets');
  await expect(desk.page).toHaveURL(/domain=tickets/);
  await list.filter('command type').selectOption('EnhanceTicket');
  await expect(desk.page).toHaveURL(/command_type=EnhanceTicket/);
  await expect(list.row(tickets.cancel)).toBeVisible();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await list.filter('from').fill(tomorrow);
  await expect(desk.page.getByRole('heading', { name: 'No command fits' })).toBeVisible();
  await list.filter('from').fill(new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
  await expect(list.row(tickets.cancel)).toBeVisible();

  const cancel = await list.ask(tickets.cancel, 'Cancel', CANCEL);
  await cancel.button('Cancel the command').click();
  await expect(cancel.root).toContainText('Say why; the customer reads it.');
  await cancel.field('Why, told to the customer').fill('The printer was replaced yesterday');
  await cancel.run('Cancel the command');
  await expect(list.row(tickets.cancel)).toBeHidden();

  const complete = await list.ask(tickets.complete, 'Complete', COMPLETE);
  await complete.field('Result, as JSON').fill('{"summary": "A technician has come by"}');
  await complete.run('Complete by hand');
  await expect(list.row(tickets.complete)).toBeHidden();

  const retry = await list.ask(tickets.retry, 'Retry', RETRY);
  await retry.run('Retry');

  const mended = await list.ask(tickets.mended, 'Retry', RETRY);
  await mended.run('Retry');
  await expect(customer.ticket('(four)')).toContainText('the badge reader lost its pairing', { timeout: 20_000 });

  await expect(customer.ticket('(one)')).toContainText('Our support team ended this: The printer was replaced yesterday');
  await expect(customer.ticket('(two)')).toContainText('A technician has come by');
  const command = new Command(desk);
  await command.visit(tickets.retry, 'EnhanceTicket');
  await expect(desk.page.getByRole('main')).toContainText('Retried by staff');
  await command.waits();
});

test('the audit shows every deed and every refusal, and its chain is whole', async () => {
  const audit = new Audit(desk);
  await audit.visit();
  for (const [title, outcome] of [
    ['Reprocess from a step', 'rehearsed'],
    ['Reprocess from a step', 'done'],
    [CANCEL, 'done'],
    [COMPLETE, 'done'],
    [RETRY, 'done'],
    ['Started a support session', 'done'],
    ['Raised the session to write', 'done'],
  ]) {
    await expect(audit.entries(title, outcome).first()).toBeVisible();
  }
  const cancelled = audit.entries(CANCEL, 'done').first();
  await expect(cancelled).toContainText('Administrator');
  await expect(cancelled).toContainText(NORTHWIND.name);
  await expect(cancelled).toContainText(TICKET);
  await expect(cancelled).toContainText(REASON);
  await expect(cancelled.getByRole('row').filter({ hasText: 'command · status' })).toContainText('CANCELED');

  await audit.visit('?outcome=refused');
  await expect(desk.page.getByRole('listitem').filter({ hasText: /Raised the session to write|code/ }).first()).toContainText('refused');
  await audit.verify();
});

test('opsctl does the same from a terminal', async ({ browser }) => {
  await customer.visit(CONTOSO);
  const command = await customer.upload(await drawPlan('heavy', 'annex.pdf', 5));
  const canceled = await customer.ask(`${HOPELESS} (four)`);
  const completed = await customer.ask(`${HOPELESS} (five)`);
  const theirs = await Desk.open(browser);
  const grace = await newcomer(theirs, 'Grace Hopper', 'lead');
  await theirs.close();

  const terminal = new Terminal();
  expect((await terminal.run(['jobs'])).code).toBe(3);
  await terminal.signIn(grace);
  const waits = async () => (await terminal.json('troubleshooting', 'list', '--tenant', 'contoso')).rows.map((row: { command: string }) => row.command);
  await expect.poll(waits, { timeout: 40_000 }).toEqual(expect.arrayContaining([command, canceled, completed]));
  await expect.poll(() => terminal.say('frontend-logs', '--since', '5m'), { timeout: 10_000 }).toContain('Plan upload failed');
  expect(await terminal.say('dashboard')).toContain('troubleshooting');

  const failed = await terminal.json('jobs', '--status', 'failed', '--last', '1h', '--tenant', 'contoso');
  const id = failed.rows[0].job as string;
  const tree = await terminal.say('show-pipeline', id);
  for (const words of ['pdf_upload', 'wall_detection', 'room_detection']) expect(tree).toContain(words);
  expect(await terminal.say('resources', id)).toContain('256 MB');

  const again = ['reprocess', id, '--from-step', 'wall_detection', '--memory', '1G'];
  const refused = await terminal.run(again);
  expect(refused.code).toBe(4);
  expect(refused.err).toContain('start a support session on this tenant');

  await terminal.say('session', 'start', '--tenant', 'contoso', '--ticket', '1234', '--reason', 'Their annex cannot be uploaded');
  await terminal.say('session', 'raise', '--code', await grace.app.fresh());
  expect(await terminal.say(...again, '--dry-run')).toContain('1 GB');
  expect((await terminal.json('show-pipeline', id)).row.status).toBe('FAILED');
  await terminal.say(...again);
  await expect(customer.plan('annex.pdf')).toContainText('Ready: 61 rooms found', { timeout: 30_000 });

  await terminal.say('troubleshooting', 'cancel', canceled, '--because', 'Somebody repaired it');
  await terminal.say('troubleshooting', 'complete', completed, '--result', '{"summary": "Paper without teeth was delivered"}');
  await expect(customer.ticket('(four)')).toContainText('Somebody repaired it');
  await expect(customer.ticket('(five)')).toContainText('Paper without teeth was delivered');
  expect((await terminal.run(['troubleshooting', 'retry', canceled])).code).toBe(6);

  const mine = await terminal.say('audit', '--my-actions', '--today');
  for (const title of [CANCEL, COMPLETE, 'Reprocess from a step']) expect(mine).toContain(title);
  await terminal.say('audit', 'verify');
  await terminal.say('sign-out');
  expect((await terminal.run(['me'])).code).toBe(3);
});
