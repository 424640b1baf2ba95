// The control plane in the browser: how the console is, what a deploy changed, and both again without the mouse.

import path from 'node:path';
import { script } from '../fixtures/database.ts';
import { Desk } from '../fixtures/desk.ts';
import { newcomer } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';

test.describe.configure({ mode: 'serial' });

let desk: Desk;
test.beforeAll(async ({ browser }) => {
  test.setTimeout(90_000);
  desk = await Desk.open(browser);
  await newcomer(desk, 'Grace Chisholm', 'lead');
});
test.afterAll(async () => desk.close());

const part = (name: string) => desk.page.getByRole('article').filter({ has: desk.page.getByRole('heading', { level: 2, name, exact: true }) });

test('every part says how it is and how old that is, and is read again by itself', async () => {
  const { page, watch } = desk;
  await page.goto('/health');
  for (const name of ['Database', 'Bus and queues', 'Workers', 'Live stream', 'Disk', 'Connections', 'This program', 'Migrations']) {
    await expect(part(name)).toContainText(/(s|min) ago|just now/, { timeout: 20_000 });
  }
  await expect(part('Database')).toContainText('PostgreSQL');
  const read = () => part('Database').getByRole('time').getAttribute('datetime');
  const before = await read();
  await expect.poll(read, { timeout: 20_000 }).not.toBe(before);
  await page.keyboard.press('j');
  await expect(page.getByRole('article').first()).toBeFocused();
  watch.verify();
});

test('a worker that falls silent comes to the top with its sentence', async () => {
  const { page, watch } = desk;
  await script("insert into commandbus.worker (name, domain, build, heartbeat_at) values ('silent-1', 'silence', 'b1', now() - interval '2 minutes')");
  await page.goto('/health');
  await expect(page.getByRole('article').first()).toContainText('None of 1 workers of silence is heard from', { timeout: 20_000 });
  await page.screenshot({ path: path.join('test-results', 'looks', 'health-failing.png'), fullPage: true });
  await script("delete from commandbus.worker where name = 'silent-1'");
  await expect(part('Workers')).not.toContainText('silence', { timeout: 20_000 });
  watch.verify();
});

test('a deploy tells what changed with it', async () => {
  const { page, watch } = desk;
  await script(`update ops.ring_setting set ring_seconds = 1, settle_seconds = 1;
    insert into commandbus.worker (name, domain, build) values ('moved-1', 'moved', 'build-7');`);
  // A reading from before, the change, and readings from after.
  await expect.poll(() => script("select count(*) > 1 from ops.ring where facts::text like '%build-7%'"), { timeout: 30_000 }).toBe('t');
  await script(`update commandbus.worker set build = 'build-8', started_at = clock_timestamp(), heartbeat_at = clock_timestamp() where name = 'moved-1';`);
  await expect
    .poll(() => script("update commandbus.worker set heartbeat_at = clock_timestamp() where name = 'moved-1'; select count(*) from ops.deploy where service = 'worker:moved' and after is not null"), { timeout: 40_000 })
    .toBe('1');
  await page.goto('/deploys');
  await page.getByRole('link', { name: 'worker:moved' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('worker:moved');
  await expect(page.getByText('a changed build').first()).toBeVisible();
  for (const [width, height] of [[1280, 900], [390, 844]] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: path.join('test-results', 'looks', `deploy-${width}-${colorScheme}.png`) });
      const [inside, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      expect(inside).toBeLessThanOrEqual(window);
      await watch.audit(` deploy ${width} ${colorScheme}`);
    }
  }
  await script("delete from commandbus.worker where name = 'moved-1'; update ops.ring_setting set ring_seconds = 60, settle_seconds = 300");
  watch.verify();
});
