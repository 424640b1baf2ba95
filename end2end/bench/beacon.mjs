// A customer's page with the beacon, for `cargo xtask bench beacon`: what one event takes of the page's main thread, how long the page stands
// still while ten thousand errors come within a second, and tabs that are closed in the moment in which thirty events happen. Says what it
// saw as one JSON object; what arrived is counted at the console.

import { chromium } from '@playwright/test';
import { createServer } from 'node:http';

const { CONSOLE_URL: consoleUrl, KEY: key, CHROMIUM: executablePath } = process.env;
const [port, tabs] = process.argv.slice(2).map(Number);
const server = createServer((request, response) => {
  // Isolated from other origins: only then does a page's clock tell five microseconds apart.
  response.writeHead(200, {
    'content-type': 'text/html',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'credentialless',
  });
  const script = request.url === '/plain' ? '' : `<script type="module" src="${consoleUrl}/beacon/loader.js" data-url="${consoleUrl}/api/ops/frontend-log?k=${key}" data-build="bench"></script>`;
  response.end(`<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>${script}`);
});
await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args: flags });

async function open(context, path) {
  const page = await context.newPage();
  const core = path === '/plain' ? undefined : page.waitForResponse((answer) => answer.url().endsWith('/core.wasm') && answer.ok());
  await page.goto(`http://127.0.0.1:${port}${path}`);
  await core;
  await page.evaluate(() => new Promise((done) => setTimeout(done, 200)));
  if (!(await page.evaluate(() => crossOriginIsolated))) throw new Error('The page is not isolated: its clock is too coarse.');
  return page;
}

/**
 * Microseconds the listeners between our two took of each of so many failures: of the beacon, or of nobody. Making an error and telling
 * listeners of it costs the page the same with and without. And microseconds an event of all that was done for them, on average: with what
 * is done later, when the page has time.
 */
const each = (page, count) =>
  page.evaluate(async (count) => {
    const took = [];
    const after = () => took.push((performance.now() - globalThis.begun) * 1000);
    for (const type of ['error', 'unhandledrejection']) addEventListener(type, after, true);
    for (let n = 0; n < count; n += 1) {
      const name = String.fromCharCode(97 + (n % 26), 97 + (((n / 26) | 0) % 26));
      const error = new TypeError(`cannot read ${name} of the plan with the number ${n}, said somebody`);
      const event =
        n % 2
          ? new PromiseRejectionEvent('unhandledrejection', { promise: Promise.resolve(), reason: error })
          : new ErrorEvent('error', { message: error.message, error, filename: '/app.js', lineno: n });
      dispatchEvent(event);
      if (n % 30 === 29) await new Promise((done) => setTimeout(done, 0));
    }
    await new Promise((done) => setTimeout(done, 1500));
    return { took, all: (took.reduce((sum, one) => sum + one, 0) + globalThis.later * 1000) / count };
  }, count);

const context = await browser.newContext();
// Before the beacon listens.
await context.addInitScript(() => {
  for (const type of ['error', 'unhandledrejection']) addEventListener(type, () => (globalThis.begun = performance.now()), true);
  const timer = globalThis.setTimeout;
  globalThis.later = 0;
  globalThis.setTimeout = (work, delay) =>
    timer(() => {
      const begun = performance.now();
      work();
      // The beacon reads what it kept a second later or, of many, sooner; what waits for nothing is ours.
      if (delay > 0 && delay <= 1000) globalThis.later += performance.now() - begun;
    }, delay);
});
const [took, first, plain, all] = [[], [], [], []];
for (let turn = 0; turn < 8; turn += 1) {
  for (const path of ['/', '/plain']) {
    const page = await open(context, path);
    const seen = await each(page, 1500);
    if (path === '/plain') plain.push(...seen.took);
    else {
      took.push(...seen.took);
      // What the engine has not compiled yet: fewer than the page's own limit lets through.
      first.push(...seen.took.slice(0, 180));
      all.push(seen.all);
    }
    await page.close();
  }
}

/** The longest time in which the page could do nothing else, in milliseconds, how many errors came, and in which time. */
const storm = async (path, spoken) => {
  const page = await open(context, path);
  const seen = await page.evaluate(
    (spoken) =>
      new Promise((done) => {
        let [came, longest, last] = [0, 0, performance.now()];
        new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
        }).observe({ type: 'longtask' });
        const begun = performance.now();
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
          const at = performance.now();
          // From one turn to the next: whatever stands between them has kept the page from doing anything.
          longest = Math.max(longest, at - last);
          last = at;
          if (at - begun > 1000 && came >= 10_000) return setTimeout(() => done({ longest, came, took: at - begun }), 1500);
          for (; came < Math.min(10_000, (at - begun) * 10); came += 1) {
            const error = new RangeError(`wall ${came % 500} is not in room ${came}`);
            dispatchEvent(new ErrorEvent('error', { message: error.message, error }));
            if (spoken && came % 3 === 0) console.error('the layer', came, 'is missing');
          }
          channel.port2.postMessage(0);
        };
        channel.port2.postMessage(0);
      }),
    spoken,
  );
  await page.close();
  return seen;
};
const block = await storm('/storm', false);
// The program that drives the browser is told of each line of the console, which the page waits for with and without the beacon.
const spoken = await storm('/storm', true);
const plainly = await storm('/plain', true);

let sent = 0;
for (let tab = 0; tab < tabs; tab += 1) {
  const page = await open(context, '/closing');
  sent += await page.evaluate((tab) => {
    for (let n = 0; n < 30; n += 1) {
      const error = new Error(`closing ${String.fromCharCode(97 + tab)}${String.fromCharCode(97 + n)} `);
      error.stack = `Error: closing\n` + Array.from({ length: 36 }, (_, line) => `    at draw${line}OfTheWholePlanThatIsShownHere (https://shop.example/assets/app.js:${line}:${n})`).join('\n');
      console.error(error);
    }
    return 30;
  }, tab);
  await page.close({ runBeforeUnload: true });
}
// The browser stays: with its context would go what it still has to send.
await new Promise((done) => setTimeout(done, 4000));
console.log(
  JSON.stringify({ took, first, plain, all, block_ms: block.longest, came: block.came, storm_ms: block.took, spoken_ms: spoken.longest, plain_ms: plainly.longest, sent }),
);
await browser.close();
server.close();
