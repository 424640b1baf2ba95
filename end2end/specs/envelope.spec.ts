// A customer's page that has a client of another make reports to the console all the same: the real `@sentry/browser`, bundled as a
// customer would, pointed at the console by its DSN.

import { build } from 'esbuild';
import { FABRIKAM } from '../fixtures/customers.ts';
import { consoleUrl } from '../fixtures/environment.ts';
import { expect, test } from '../fixtures/test.ts';
import { CustomerApp } from '../pages/customer-app.ts';
import { Frame } from '../pages/frame.ts';

/** The client, started, as one script. */
async function client(): Promise<string> {
  const dsn = consoleUrl.replace('://', '://fabrikampages001@') + '/1';
  const contents = `
    import { init, captureException } from '@sentry/browser';
    init({ dsn: ${JSON.stringify(dsn)}, release: 'viewer-9', sendClientReports: true });
    window.report = (text) => captureException(new RangeError(text));`;
  const out = await build({ stdin: { contents, resolveDir: import.meta.dirname }, bundle: true, format: 'iife', write: false });
  return out.outputFiles[0].text;
}

test('the client of another make reports with its own protocol', async ({ hire, browser }) => {
  const { desk } = await hire('Mary Shaw', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  const page = await browser.newPage();
  await new CustomerApp(page).visit(FABRIKAM);
  await page.addScriptTag({ content: await client() });
  const answer = page.waitForResponse((answer) => answer.url().includes('/api/1/envelope/') && answer.request().method() === 'POST');
  await page.evaluate(() => setTimeout(() => { throw new TypeError('a balcony without a door for jane.doe@example.com'); }));
  expect((await answer).status()).toBe(200);
  await page.evaluate(() => (window as unknown as { report(text: string): void }).report('a roof without a house'));

  for (const title of [/a balcony without a door/, /a roof without a house/]) {
    const row = desk.page.getByRole('row').filter({ has: desk.page.getByRole('link', { name: title }) });
    await expect(row).toHaveCount(1, { timeout: 15_000 });
    await expect(row).toContainText('viewer-9');
  }
  await expect(desk.page.getByRole('main')).not.toContainText('jane.doe');
  await page.close();

  // What the client says besides is read within a support session.
  await new Frame(desk).startSession(FABRIKAM, 'SUP-90', 'Their viewer reports a roof without a house');
  await desk.page.getByRole('link', { name: /a roof without a house/ }).click();
  const all = desk.page.getByRole('link', { name: 'All of it, as JSON' });
  await expect(all).toBeVisible();
  await desk.watch.audit(' with all that was said');
  desk.watch.expect(/404.*\/favicon\.ico/, 'what is no page names no picture for its tab');
  await all.click();
  await expect(desk.page).toHaveURL(/\/api\/v1\/support\/frontend-event\?/);
  const shown = await desk.page.locator('pre').innerText();
  const { inside, said } = JSON.parse(shown) as { inside: boolean; said: { release: string; exception: unknown; sdk: { name: string } } };
  expect([inside, said.release, said.sdk.name]).toEqual([true, 'viewer-9', 'sentry.javascript.browser']);
  expect(shown).not.toContain('jane.doe');
});

test('a client of another make that comes too often leaves off for as long as it is told', async ({ browser }) => {
  // A network of its own, as a proxy before the console names it, so that nobody else has to wait.
  const network = { 'x-forwarded-for': '198.51.100.9' };
  const page = await browser.newPage();
  await page.route('**/api/1/envelope/**', (route) => route.continue({ headers: { ...route.request().headers(), ...network } }));
  await new CustomerApp(page).visit(FABRIKAM);
  await page.addScriptTag({ content: await client() });
  const answers: number[] = [];
  page.on('response', (answer) => {
    if (answer.url().includes('/api/1/envelope/') && answer.request().method() === 'POST') answers.push(answer.status());
  });
  const report = (text: string) => page.evaluate((text) => (window as unknown as { report(text: string): void }).report(text), text);
  const spend = () =>
    Promise.all(Array.from({ length: 100 }, () => fetch(`${consoleUrl}/api/1/envelope/?sentry_key=fabrikampages001`, { method: 'POST', headers: network })));
  let asked = 0;
  const once = async () => (await report(`a door too many, number ${(asked += 1)}`), await page.waitForTimeout(300), answers.at(-1));
  await expect.poll(async () => (await spend(), once()), { timeout: 30_000 }).toBe(429);
  // Also the answers to what was on its way.
  let before = -1;
  await expect.poll(() => before === (before = answers.length), { intervals: [1000] }).toBe(true);
  for (let n = 0; n < 3; n += 1) await once();
  expect(answers.length, 'nothing is sent meanwhile').toBe(before);
  await expect.poll(once, { timeout: 30_000 }).toBe(200);
  await page.close();
});
