// A build is minified, breaks in a page, and support reads files and lines: what the bundler left is uploaded by the command line,
// and the page of the group resolves the stack.

import path from 'node:path';
import { NORTHWIND } from '../fixtures/customers.ts';
import { consoleUrl } from '../fixtures/environment.ts';
import { Desk } from '../fixtures/desk.ts';
import { script } from '../fixtures/database.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { newcomer } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';
import { Frame } from '../pages/frame.ts';

test.setTimeout(120_000);

const MAP = path.join(import.meta.dirname, '../../crates/symbols/tests/fixtures/shop/assets');
const BUILD = `shop-${process.pid}`;
const STACK = `TypeError: Cannot read properties of undefined (reading 'net')
    at r (https://shop.example/assets/app-3f2a.js:1:151)
    at e (https://shop.example/assets/app-3f2a.js:1:47)`;

test('a minified stack says where in the source it went wrong, once the build has left its map', async ({ browser }) => {
  const desk = await Desk.open(browser);
  const lead = await newcomer(desk, 'Radia Perlman', 'lead');
  const event = { k: 0, r: '/cart', m: `TypeError: no net price of ${BUILD} for jane.doe@example.com`, s: STACK, c: 1 };
  const sent = await desk.page.request.post(`${consoleUrl}/api/ops/frontend-log?k=northwindpages01`, {
    data: JSON.stringify({ v: 1, b: BUILD, p: `artifacts${process.pid}`, n: 0, e: [event] }),
  });
  expect(sent.status()).toBe(204);
  const group = await script(`select g.id from telemetry.error_group g where g.last_build = '${BUILD}'`);
  const frame = new Frame(desk);
  await frame.open(`/frontend-errors/${group}`, new RegExp(`no net price of`));
  await frame.startSession(NORTHWIND, 'SUP-88', 'Their cart shows no prices since this morning');
  const main = desk.page.getByRole('main');
  await expect(main).toContainText(new RegExp(`opsctl artifacts upload .*${BUILD}`));
  // It is told that something was taken out, never what.
  await expect(main).toContainText(/Secrets removed\s*1 email/);
  await expect(main).not.toContainText('jane.doe');
  const terminal = new Terminal();
  await terminal.signIn(lead);
  const said = await terminal.say('artifacts', 'upload', '--build', BUILD, MAP, '--reason', 'The map of this build');
  expect(said).toContain('app-3f2a.js');
  expect(await terminal.say('artifacts', 'upload', '--build', BUILD, MAP, '--reason', 'The map of this build')).toMatch(/already|there/);
  await desk.page.reload();
  await expect(main).toContainText('priceOfLine');
  await expect(main).toContainText('cart.ts:17');
  await expect(main).toContainText('return line.price.net * 1.2;');
  for (const [width, height] of [[1280, 900], [390, 844]] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await desk.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await desk.page.setViewportSize({ width, height });
      await desk.page.waitForTimeout(400);
      await desk.page.screenshot({ path: path.join('test-results', 'looks', `frontend-group-in-source-${width}-${colorScheme}.png`), fullPage: true });
      await desk.watch.audit(` in source ${width} ${colorScheme}`);
    }
  }
  expect(await terminal.say('artifacts', 'list', '--build', BUILD)).toContain('app-3f2a.js');
  await terminal.say('artifacts', 'delete', BUILD, '--reason', 'This build is no longer anywhere');
  desk.verify();
  await desk.close();
});
