// One open tab, for `cargo xtask bench`: opens a page as somebody who is signed in, and says on standard output when a text
// stood on the screen. Says `open` once the page is live. Asked for a text on standard input, one a line, before it is there; answers `waiting TEXT` and
// then `TEXT MILLISECONDS`, the time since 1970 at which the frame that shows it was drawn.

import { createInterface } from 'node:readline';
import { chromium } from '@playwright/test';

const { CONSOLE_URL: url, COOKIE: cookie, CHROMIUM: executablePath } = process.env;
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args: flags });
const context = await browser.newContext();
const [name, value] = cookie.split('=');
await context.addCookies([{ name, value, domain: new URL(url).hostname, path: '/', secure: true, httpOnly: true, sameSite: 'Lax' }]);
const page = await context.newPage();
await page.exposeFunction('drawn', (text, at) => console.log(`${text} ${at}`));
await page.goto(`${url}${process.argv[2]}`);
await page.getByText('Live', { exact: true }).waitFor();
await page.evaluate(() => {
  const main = document.querySelector('main');
  new MutationObserver(() => {
    const text = globalThis.wanted;
    if (!text || !main.textContent.includes(text)) return;
    globalThis.wanted = undefined;
    // The callback before the next frame, and the one after it: by then the first was drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => globalThis.drawn(text, performance.timeOrigin + performance.now())));
  }).observe(main, { childList: true, subtree: true, characterData: true });
});
console.log('open');
for await (const text of createInterface({ input: process.stdin })) {
  await page.evaluate((text) => void (globalThis.wanted = text), text);
  console.log(`waiting ${text}`);
}
await browser.close();
