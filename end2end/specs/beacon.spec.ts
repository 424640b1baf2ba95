// What the beacon tells of a customer's page, and that it arrives: also from a tab that is closed at once, and from a
// page that forbids WebAssembly.

import { chromium as browsers, type Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { FABRIKAM } from '../fixtures/customers.ts';
import type { Desk } from '../fixtures/desk.ts';
import { chromium, consoleUrl, demoUrl } from '../fixtures/environment.ts';
import { Terminal } from '../fixtures/opsctl.ts';
import { expect, test } from '../fixtures/test.ts';
import { CustomerApp } from '../pages/customer-app.ts';
import { Frame } from '../pages/frame.ts';

/** An event that the core has read: what is raw names no group. */
const SCRUBBED = { h: expect.stringMatching(/^[0-9a-f]{16}$/) };

/** The row of a group of errors on the console's page, which moves by itself. */
function group(desk: Desk, title: string | RegExp) {
  return desk.page.getByRole('row').filter({ has: desk.page.getByRole('link', { name: title }) });
}

async function arrives(desk: Desk, kind: string, title: string | RegExp) {
  const row = group(desk, title);
  await expect(row, `${title} has arrived`).toHaveCount(1, { timeout: 15_000 });
  await expect(row).toContainText(kind);
  await expect(row).toContainText(FABRIKAM.name);
}

/** The customer's page with its beacon started. */
async function customersPage(page: Page) {
  const app = new CustomerApp(page);
  const core = page.waitForResponse((response) => response.url().endsWith('/beacon/core.wasm') && response.ok());
  await app.visit(FABRIKAM);
  await core;
}

test('console errors, uncaught errors, rejections and missing resources arrive, scrubbed', async ({ hire, browser }) => {
  const { desk } = await hire('Barbara Liskov', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  const page = await browser.newPage();
  await customersPage(page);
  await page.evaluate(() => {
    console.error('the sketch of jane.doe@example.com could not be kept');
    setTimeout(() => {
      throw new TypeError('a corridor without an end');
    });
    void Promise.reject(new RangeError('a stair without a top'));
    const picture = document.createElement('img');
    picture.alt = '';
    picture.src = '/pictures/of-a-lost-door.png';
    document.body.append(picture);
  });
  await arrives(desk, 'console', /the sketch of/);
  await arrives(desk, 'error', /TypeError: a corridor without an end/);
  await arrives(desk, 'rejection', /RangeError: a stair without a top/);
  await arrives(desk, 'resource', /of-a-lost-door/);
  await expect(desk.page.getByRole('main')).not.toContainText('jane.doe');
  await desk.watch.audit(' with groups');
  // Without the mouse; rows that move meanwhile take the focus with them or leave it.
  await desk.page.keyboard.press('j');
  await desk.page.keyboard.press('j');
  await expect(desk.page.getByRole('row').nth(2).getByRole('link')).toBeFocused();
  await desk.page.keyboard.press('Enter');
  await expect(desk.page).toHaveURL(/\/frontend-errors\/\d+$/);
  await page.close();
});

test('what happens in the last moment of a tab arrives too', async ({ hire, browser }) => {
  const { desk } = await hire('Radia Perlman', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  // The tab goes, the browser stays: with its context would go what it still has to send.
  const context = await browser.newContext();
  const page = await context.newPage();
  await customersPage(page);
  await page.evaluate(() => console.error('the very last word of this tab'));
  await page.close({ runBeforeUnload: true });
  await arrives(desk, 'console', 'the very last word of this tab');
  await context.close();
});

interface Report {
  p: string;
  n: number;
  b: string;
  e: { m: string; w: string; h: string }[];
}

/**
 * Visits a site of ours, which is the same page at every address, at the customer's other origin, http://localhost:<port>, which the console
 * knows: on an address of the loopback network that nobody else listens on. Its browser keeps pages in memory as those of customers do.
 */
async function visited<T>(html: string, script: string, visit: (page: Page, site: string) => Promise<T>, policy?: string): Promise<T> {
  const { port } = new URL(demoUrl);
  const server = createServer((request, response) => {
    const asked = request.url === '/page.js';
    const allowed = policy ? { 'content-security-policy': policy } : {};
    response.writeHead(200, { 'content-type': asked ? 'text/javascript' : 'text/html', ...allowed });
    response.end(asked ? script : `<!doctype html><html lang="en"><title>Ours</title>${html}<script type="module" src="/page.js"></script>`);
  });
  // A socket that opens and is closed at once; at any other path it is refused.
  server.on('upgrade', (request, socket) => {
    if (request.url !== '/socket') return socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.end(Buffer.from([0x88, 2, 4001 >> 8, 4001 & 255]));
  });
  await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.2', resolve));
  const args = ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP localhost 127.0.0.2'];
  const ours = await browsers.launch({ executablePath: chromium, args, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  try {
    return await visit(await ours.newPage(), `http://localhost:${port}`);
  } finally {
    await ours.close();
    server.close();
  }
}

/** What the page reports next, once it is taken. */
async function report(page: Page, cause: () => Promise<unknown>): Promise<Report> {
  const coming = page.waitForRequest((request) => request.url().includes('/api/ops/frontend-log'));
  await cause();
  const request = await coming;
  expect((await request.response())?.status()).toBe(204);
  return JSON.parse(request.postData() ?? '{}');
}

/** What a page reports first. */
const reported = (html: string, script: string, policy?: string) =>
  visited(html, script, (page, site) => report(page, () => page.goto(`${site}/`)), policy);

const FABRIKAMS = `data-url="${consoleUrl}/api/ops/frontend-log?k=fabrikampages001"`;

test('a page whose policy forbids WebAssembly reports all the same', async ({ hire }) => {
  const { desk } = await hire('Frances Allen', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  const policy = `default-src 'none'; script-src 'self' ${consoleUrl}; connect-src ${consoleUrl}`;
  const html = `<script type="module" src="${consoleUrl}/beacon/loader.js" ${FABRIKAMS} data-build="strict-1"></script>`;
  const script = `setTimeout(() => console.error('no WebAssembly in this house, says joe.bloggs@example.com'), 500);`;
  expect(await reported(html, script, policy)).toMatchObject({ e: [{ h: '' }] });
  await arrives(desk, 'console', /no WebAssembly in this house/);
  await expect(desk.page.getByRole('main')).not.toContainText('joe.bloggs');
});

test('a page that carries the loader in itself loads the core from where it says, and tells of its sockets', async ({ hire }) => {
  const { desk } = await hire('Frances Allen', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  const loader = await (await fetch(`${consoleUrl}/beacon/loader.js`)).text();
  const tag = `<script type="module" ${FABRIKAMS} data-build="inline-1" data-wasm="${consoleUrl}/beacon/core.wasm">`;
  const script = `
    const ended = (path) => new Promise((done) => (new WebSocket('ws://' + location.host + path).onclose = done));
    setTimeout(async () => {
      await ended('/socket');
      await ended('/nowhere');
      console.error('said by a page without a second script');
    }, 500);`;
  const report = await reported(`${tag}${loader}</script>`, script);
  expect(report).toMatchObject({ b: 'inline-1', e: [SCRUBBED] });
  // Its sockets: one that opened and was closed, and one that tried again and did not open.
  expect(report.e[0].w).toBe('c,o,x4001,c,x1006');
  await arrives(desk, 'console', /said by a page without a second script/);
});

test('a page that comes back from the browser\'s memory goes on where the page after it ended', async ({ hire }) => {
  const { desk } = await hire('Frances Allen', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  const html = `<script type="module" src="${consoleUrl}/beacon/loader.js" ${FABRIKAMS} data-build="memory-1"></script>`;
  const script = `
    setTimeout(() => console.error('said in', location.pathname), 500);
    addEventListener('pageshow', (event) => event.persisted && setTimeout(() => console.error('said after a return'), 500));`;
  const reports = await visited(html, script, async (page, site) => [
    await report(page, () => page.goto(`${site}/first-hall`)),
    await report(page, () => page.evaluate(() => void (location.pathname = '/second-hall'))),
    await report(page, () => page.evaluate(() => history.back())),
  ]);
  const [{ p }] = reports;
  expect(reports).toMatchObject([
    { p, n: 0, e: [{ m: 'said in /first-hall' }] },
    { p, n: 1, e: [{ m: 'said in /second-hall' }] },
    { p, n: 2, e: [{ m: 'said after a return' }] },
  ]);
  await arrives(desk, 'console', 'said after a return');
});

test('what a page cannot say of itself its browser reports', async ({ hire, browser }) => {
  const { desk } = await hire('Frances Allen', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  const page = await browser.newPage();
  await customersPage(page);
  await page.evaluate(() => {
    const picture = document.createElement('img');
    picture.alt = '';
    picture.src = 'https://pictures.example/of-a-lost-door.png?token=abcdef0123456789';
    document.body.append(picture);
  });
  await arrives(desk, 'policy', 'img-src kept the page from https://pictures.example (only reported)');
  await expect(desk.page.getByRole('main')).not.toContainText('abcdef0123456789');
  await page.close();
});

test('the lines that opsctl prints are enough for a page, and what it reports can be read there too', async ({ hire }) => {
  const { staff, desk } = await hire('Evelyn Boyd', 'support');
  await new Frame(desk).open('/frontend-errors?tenant=fabrikam', 'Frontend errors');
  const terminal = new Terminal();
  await terminal.signIn(staff);
  expect(await terminal.say('beacon', 'keys', '--tenant', 'fabrikam')).toContain('fabrikampages001');
  const snippet = await terminal.say('beacon', 'snippet', '--tenant', 'fabrikam');
  expect(snippet.trim().split('\n')).toHaveLength(2);
  const script = `setTimeout(() => console.error('said by a page with two lines more'), 500);`;
  expect(await reported(snippet.replace('BUILD', 'two-lines-1'), script)).toMatchObject({ b: 'two-lines-1', e: [SCRUBBED] });
  await arrives(desk, 'console', 'said by a page with two lines more');
  const { entries } = await terminal.json<{ entries: { message: string; level: string; last_build: string }[] }>('logs', 'frontend', '--since', '5m');
  expect(entries.at(-1)).toMatchObject({ message: 'said by a page with two lines more', level: 'error', last_build: 'two-lines-1' });
});
