// The code of a page comes when the page is opened first. Until it is there one stays where one was; when it does not come, the
// browser loads the page anew, and without any code a page is still what the server wrote.

import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { Frame } from '../pages/frame.ts';

/** Parts that were fetched, by name, in their order. */
function parts(page: Page): string[] {
  const seen: string[] = [];
  page.on('response', (response) => {
    const part = /\/pkg\/([a-z-]+)\.[0-9a-f]+\.wasm$/.exec(response.url());
    if (part && part[1] !== 'console' && !response.fromServiceWorker()) seen.push(part[1]);
  });
  return seen;
}

/** Marks the page; a page that was loaded anew has no mark. */
const mark = (page: Page) => page.evaluate(() => document.documentElement.setAttribute('data-mark', ''));
const marked = (page: Page) => page.locator('html[data-mark]');

test('a page brings its own code, the dashboard none, and what was fetched is not fetched again', async ({ hire }) => {
  const { desk } = await hire('Frances Spence', 'support');
  const { page } = desk;
  const frame = new Frame(desk);
  const fetched = parts(page);
  const warned: string[] = [];
  page.on('console', (message) => message.type() === 'warning' && warned.push(message.text()));
  await frame.open('/', 'Dashboard');
  expect(fetched).toEqual([]);
  await mark(page);
  await frame.go('Audit');
  expect(fetched.filter((name) => name === 'audit')).toHaveLength(1);
  expect(fetched).not.toContain('deeds');
  await frame.go('Dashboard');
  await frame.go('Audit');
  await page.goBack();
  await frame.ready('Dashboard');
  expect(fetched.filter((name) => name === 'audit')).toHaveLength(1);
  await expect(marked(page)).toHaveCount(1);

  fetched.length = 0;
  await frame.open('/audit', 'Audit');
  // Besides its own code what pages have in common, in one piece or two; nothing of another page.
  const common = ['shared', 'aside'];
  expect([...new Set(fetched)].filter((name) => !common.includes(name))).toEqual(['audit']);
  expect(warned, 'what was preloaded is what was used').toEqual([]);
});

test('one stays where one was until the code is there', async ({ hire }) => {
  const { desk } = await hire('Jean Bartik', 'support');
  const { page } = desk;
  const frame = new Frame(desk);
  await frame.open('/jobs?status=FAILED', 'Jobs');
  await mark(page);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/pkg/audit.*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  const rail = page.getByRole('navigation', { name: 'Console' });
  const asked = page.waitForRequest('**/pkg/audit.*.wasm');
  await rail.getByRole('link', { name: 'Audit' }).click();
  await asked;
  await expect(page).toHaveURL(/\/jobs\?status=FAILED$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible();
  // Whoever thinks better of it is not taken there afterwards.
  await rail.getByRole('link', { name: 'Frontend errors' }).click();
  await frame.ready('Frontend errors');
  release();
  await page.waitForResponse('**/pkg/audit.*.wasm');
  await expect(page.getByRole('heading', { level: 1, name: 'Frontend errors' })).toBeVisible();
  await frame.go('Audit');
  await page.goBack();
  await frame.ready('Frontend errors');
  await expect(marked(page)).toHaveCount(1);
});

test('without its code a page is loaded anew, and is what the server wrote', async ({ hire }) => {
  const { desk } = await hire('Ruth Teitelbaum', 'support');
  const { page } = desk;
  desk.watch.expect(/status of 404|HTTP status code is not ok/, 'the code of the page is gone');
  const frame = new Frame(desk);
  await frame.open('/', 'Dashboard');
  await mark(page);
  await page.route('**/pkg/jobs.*.wasm', (route) => route.fulfill({ status: 404, body: '' }));
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Jobs' }).click();
  await expect(page).toHaveURL(/\/jobs$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible();
  await expect(marked(page)).toHaveCount(0);
  // Its links lead on, and it comes alive where code can be had.
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Audit' }).click();
  await frame.ready('Audit');
  await page.unroute('**/pkg/jobs.*.wasm');
  await frame.go('Jobs');
});
