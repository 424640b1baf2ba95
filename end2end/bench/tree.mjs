// The page of a long run, for `cargo xtask bench`: opens it as somebody who is signed in, so many times, each in a browser
// context of its own (nothing cached), and says for each on standard output, as JSON, how long it took and what it holds.

import { chromium } from '@playwright/test';

const { CONSOLE_URL: url, COOKIE: cookie, CHROMIUM: executablePath } = process.env;
const [path, times] = process.argv.slice(2);
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args: flags });
const [name, value] = cookie.split('=');

/** When the frame was drawn that shows a link with this state in the list: the time since the page was asked for. */
const drawn = (page, selector) =>
  page.evaluate(
    (selector) =>
      new Promise((done) => {
        const list = () => document.querySelector('.tree-scroll');
        const look = () => {
          const box = list()?.getBoundingClientRect();
          const there = [...document.querySelectorAll(selector)].some((one) => {
            const { top, bottom } = one.getBoundingClientRect();
            return box && top >= box.top && bottom <= box.bottom;
          });
          if (there) requestAnimationFrame(() => done(performance.now()));
          else requestAnimationFrame(look);
        };
        look();
      }),
    selector,
  );

/** The memories of the page's module are in no figure of the browser: they are remembered as they are made. */
function remember() {
  globalThis.memories = new Set();
  for (const how of ['instantiate', 'instantiateStreaming']) {
    const make = WebAssembly[how];
    WebAssembly[how] = async (...given) => {
      const made = await make.apply(WebAssembly, given);
      for (const one of Object.values((made.instance ?? made).exports)) if (one instanceof WebAssembly.Memory) globalThis.memories.add(one);
      return made;
    };
  }
}

for (let turn = 0; turn < Number(times); turn += 1) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies([{ name, value, domain: new URL(url).hostname, path: '/', secure: true, httpOnly: true, sameSite: 'Lax' }]);
  const page = await context.newPage();
  await page.addInitScript(remember);
  await page.goto(`${url}${path}`, { waitUntil: 'commit' });
  await page.getByText('Live', { exact: true }).waitFor();
  // Alive is when there is room for what is not there: only the page itself makes it.
  await page.waitForFunction(() => Number(document.querySelector('svg.room')?.getAttribute('height')) > 0);
  const opened_ms = await drawn(page, '.tree li[data-tone="fail"]');
  const before = await page.evaluate(() => {
    const list = document.querySelector('.tree-scroll');
    list.scrollTop = list.scrollHeight;
    return performance.now();
  });
  const scrolled_ms = (await drawn(page, '.tree li[aria-posinset="20000"]')) - before;
  const cdp = await context.newCDPSession(page);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  const module = await page.evaluate(() => [...globalThis.memories].reduce((all, memory) => all + memory.buffer.byteLength, 0));
  if (!module) throw new Error('The memory of the module was not found.');
  const lines = await page.locator('.tree.long > li').count();
  console.log(JSON.stringify({ opened_ms, scrolled_ms, heap_mb: (usedSize + module) / 1e6, lines }));
  await context.close();
}
await browser.close();
