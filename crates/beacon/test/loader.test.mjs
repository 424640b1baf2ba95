// The loader in a page of our own making (`page.mjs`), with the real WASM core: what it sees, what it sends, and that
// the page never notices. A real browser runs it in the end-to-end suite.
import assert from "node:assert/strict";
import { test } from "node:test";
import { error, inPage, open, sent } from "./page.mjs";

inPage("errors, rejections, console and resources are delivered", {}, async (page) => {
  page.fail(error("order 17 of jane@example.com"));
  page.fire("unhandledrejection", { reason: error("late") });
  console.error("could not", error("draw"), { secret: "s3cr3t", n: 1 });
  page.fire("error", { target: { tagName: "IMG", src: "https://h/x.png?v=1" } });
  assert.equal(page.timers(), 1);
  await page.pass(1000);
  assert.equal(page.requests.length, 1);
  const [{ url, init, batch }] = page.requests;
  assert.equal(url, "/api/ops/frontend-log?k=K");
  assert.deepEqual({ ...init, body: 0 }, { method: "POST", body: 0, keepalive: true });
  const { e, p, ...head } = batch;
  assert.deepEqual(head, { b: "b1", n: 0, d: {} });
  assert.match(p, /^[a-z0-9]{8,64}$/);
  assert.deepEqual(e.map(({ k, m, r }) => [k, m, r]), [
    [0, "Error: order 17 of [email]", "/plans/7"],
    [1, "Error: late", "/plans/7"],
    [2, "could not Error: draw Object secret,n", "/plans/7"],
    [3, "IMG https://h/x.png?v=", "/plans/7"],
  ]);
  assert.equal(e[0].s, "f@https://h/a.js:1:2");
  assert.deepEqual(e.map(({ x }) => x), ["email ", "", "", "query "]);
  assert.equal(page.printed.length, 1, "the console still prints");
  assert.equal(page.timers(), 0, "nothing wakes an idle page");
});

inPage("the same failure is one event with a count, across ids", {}, async (page) => {
  for (let i = 0; i < 20; i++) page.fail(error(`order ${i} failed`)), page.fail(error("same"));
  await page.pass(1000);
  assert.deepEqual(sent(page).map((event) => event.c), [20, 20]);
});

inPage("of many at once some are read sooner, each once", {}, async (page) => {
  for (let i = 0; i < 199; i++) page.fail(error("early"));
  await page.pass(20);
  assert.equal(sent(page).length, 0, "a page with few errors is left alone for a second");
  page.fail(error("the two hundredth"));
  await page.pass(20);
  assert.deepEqual(sent(page).map((event) => event.c), [199, 1], "read before the bound at which the page would wait for it");
  await page.pass(2000);
  assert.deepEqual([sent(page).length, page.timers()], [2, 0]);
});

inPage("non-Errors are reported too", {}, async (page) => {
  const cyclic = {};
  cyclic.self = cyclic;
  for (const reason of ["text", 7, null, undefined, Symbol("s"), cyclic, Object.create(null), () => 1, new Proxy({}, { get() { throw 1; }, ownKeys() { throw 2; } })]) {
    page.fire("unhandledrejection", { reason });
  }
  page.fire("unhandledrejection", { detail: { reason: "from a library" } });
  page.fire("error", { error: null, message: "Uncaught null", filename: "https://h/a.js", lineno: 3, colno: 4 });
  await page.pass(1000);
  const messages = sent(page).map(({ m }) => m);
  for (const expected of ["text", "7", "null", "undefined", "Symbol(s)", "Object self", "from a library", "Uncaught null"]) {
    assert.ok(messages.includes(expected), `${expected} in ${messages}`);
  }
  assert.equal(sent(page).at(-1).s, "@https://h/a.js:3");
});

inPage("whatever the page gives becomes text, and no event is lost without a reason", {}, async (page) => {
  const unreadable = { get length() { throw 1; }, toString() { throw 2; } };
  const stacks = [[unreadable], unreadable, Symbol("s"), 7, Object.create(null)];
  stacks.forEach((stack, i) => page.fail(Object.assign(new Error("abcde"[i]), { stack })));
  for (const [i, id] of [unreadable, Symbol("s"), Object.create(null), [unreadable]].entries()) {
    page.beacon.correlate(id);
    page.fail(error("fghi"[i]));
  }
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ m }) => m), [..."abcdefghi"].map((letter) => `Error: ${letter}`));
  assert.ok(sent(page).every(({ s, q }) => typeof s == "string" && typeof q == "string"));
});

inPage("what happens again while the receiver wants to be left alone is counted", { answers: [{ status: 429, headers: { "retry-after": "60" } }] }, async (page) => {
  page.fail(error("first"));
  for (let i = 0; i < 50; i++) {
    await page.pass(1000);
    page.fail(error("again"));
  }
  for (let i = 0; i < 14; i++) await page.pass(1000);
  const [, , ...events] = sent(page);
  assert.deepEqual(events.map(({ m, c }) => [m, c]), [["Error: again", 50]]);
});

inPage("an error without a stack says what it is", {}, async (page) => {
  for (const word of ["NetworkError when attempting to fetch", "x is not a function"]) page.fire("unhandledrejection", { reason: error(word, "") });
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ m }) => m), ["Error: NetworkError when attempting to fetch", "Error: x is not a function"]);
});

inPage("a getter that throws does not reach the page", {}, async (page) => {
  const hostile = new Error("x");
  for (const name of ["stack", "message", "name"]) Object.defineProperty(hostile, name, { get() { throw new Error("gotcha"); } });
  assert.doesNotThrow(() => console.error(hostile, { get a() { throw 1; } }));
  assert.doesNotThrow(() => page.fire("unhandledrejection", { reason: hostile }));
  await page.pass(1000);
  assert.equal(sent(page).length, 2);
});

inPage("our own errors do not make events", {}, async (page) => {
  const loud = { get stack() { console.error("inside"); return ""; }, message: "m" };
  console.error(loud);
  page.globals.fetch = globalThis.fetch = () => { console.error("wrapped later"); throw new Error("no"); };
  await page.pass(1000);
  assert.deepEqual(sent(page).filter(({ m }) => /inside|wrapped/.test(m)), []);
  assert.equal(page.timers(), 0);
});

inPage("a NUL in a message lets nothing out", {}, async (page) => {
  page.fail(error("one\0jane@example.com\0\0password=hunter2\0\0\0", "f@https://h/a.js?key=s3cr3t:1:2"));
  page.fail(error("two"));
  await page.pass(1000);
  assert.doesNotMatch(page.requests[0].init.body, /jane|hunter2|s3cr3t/);
  assert.equal(sent(page)[1].m, "Error: two");
});

for (const wasm of ["core.wasm", "forbidden"]) {
  inPage(`a NUL is a blank and moves nothing from its field (${wasm})`, { wasm }, async (page) => {
    page.beacon.correlate("c\0d");
    page.fail(error("a\0b\0\0c", "f\0@https://h/a.js:1:2"));
    await page.pass(1000);
    assert.deepEqual(sent(page).map(({ m, s, r, w, q }) => [m, s, r, w, q]), [["Error: a b  c", "f @https://h/a.js:1:2", "/plans/7", "", "c d"]]);
  });
}

inPage("an event that cannot be read is counted as that", {}, async (page) => {
  page.fail(error("a", { get trim() { throw 1; } }));
  page.fail(error("b"));
  await page.pass(1000);
  assert.deepEqual(page.requests.map(({ batch: { e, d } }) => [e.map(({ m }) => m), d]), [[["Error: b"], { read: 1 }]]);
});

inPage("prototype pollution keys are only text", {}, async (page) => {
  page.fail(error("__proto__"));
  console.error(JSON.parse('{"__proto__":{"polluted":1},"constructor":2}'), "constructor", "toString");
  await page.pass(1000);
  assert.equal({}.polluted, undefined);
  assert.equal(sent(page).length, 2);
});

inPage("a flood of the console takes no place from an error, and counts as what it is", {}, async (page) => {
  const word = (i) => String.fromCharCode(97 + (i % 26), 97 + ((i / 26) | 0));
  for (let i = 0; i < 300; i++) console.error(`the layer ${word(i)} is missing`);
  page.fail(error("the one that matters"));
  await page.pass(1000);
  await page.pass(1000);
  const events = sent(page);
  assert.ok(events.some(({ k, m }) => k == 0 && m == "Error: the one that matters"));
  const kept = events.filter(({ k }) => k == 2).length;
  assert.ok(kept > 100 && kept < 112, `${kept}: a hundred at once, and those that were right until they were read`);
});

inPage("with a full line what comes is counted as that", { answers: Array(99).fill(new TypeError("offline")) }, async (page) => {
  const word = (i) => String.fromCharCode(97 + (i % 26), 97 + ((i / 26) | 0));
  for (let i = 0; i < 150; i++) {
    page.fail(error(`wall ${word(i)} ` + "x".repeat(900), `f${word(i)}@https://h/a.js:1:2\n` + "at g (https://h/b.js:1:2)\n".repeat(200)));
    await page.pass(1000);
  }
  page.answers.length = 0;
  await page.pass(600_000);
  for (let i = 0; i < 60; i++) await page.settle();
  page.fail(error("afterwards"));
  await page.pass(1000);
  await page.settle();
  const reasons = Object.assign({}, ...page.requests.map(({ batch }) => batch.d));
  assert.ok(reasons.full > 0, JSON.stringify(reasons));
});

inPage("the route is the one the page has at that moment", {}, async (page) => {
  page.fail(error("one"));
  page.globals.document.URL = "https://h/plans/8?as=8";
  page.fail(error("two"));
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ r }) => r), ["/plans/7", "/plans/8"]);
});

inPage("what happens before the core is there is read with it when it comes", { early: (page) => page.fail(error("of jane@example.org")) }, async (page) => {
  page.fail(error("of joe@example.org"));
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ m, c }) => [m, c]), [["Error: of [email]", 2]]);
});

inPage("a page that has its own URL, or none, loses a route and no event", {}, async (page) => {
  const { URL } = globalThis;
  const at = page.globals.document.URL;
  globalThis.URL = "/api";
  page.fail(error("a"));
  await page.pass(1000);
  globalThis.URL = URL;
  page.globals.document.URL = {};
  page.fail(error("b"));
  await page.pass(1000);
  page.globals.document.URL = at;
  assert.deepEqual(sent(page).map(({ m, r }) => [m, r]), [["Error: a", ""], ["Error: b", ""]]);
});

inPage("a correlation is never in the page's way", {}, async (page) => {
  for (const id of [7, null, undefined, "x".repeat(999)]) {
    page.beacon.correlate(id);
    page.fail(error(`with ${typeof id}`));
  }
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ q }) => q.trim()), ["7", "", "", ""]);
});

inPage("a socket of the page's own making is made as without us", {}, async (page) => {
  class Counted extends WebSocket {
    #heard = new Map();
    addEventListener(type, ...rest) {
      this.#heard.set(type, (this.#heard.get(type) ?? 0) + 1);
      super.addEventListener(type, ...rest);
    }
  }
  const socket = new Counted("wss://h/");
  socket.addEventListener("message", () => {});
  page.fail(error("one"));
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ w }) => w), ["c"]);
});

test("a page that names no core asks for none", async () => {
  const page = await open();
  await page.start({ wasm: undefined });
  page.fail(error("of jane@example.com"));
  await page.pass(1000);
  page.close();
  assert.deepEqual([page.files, sent(page).map(({ h }) => h)], [[], [""]]);
});

inPage("without WASM raw but capped events go out", { wasm: "forbidden" }, async (page) => {
  for (let i = 0; i < 20; i++) page.fail(error(`${"abcdefghij"[i % 10]}${"uvwxyz"[i % 6]} ` + "é".repeat(9000), "\ud800" + "s".repeat(9000)));
  await page.pass(1000);
  const first = page.requests[0].batch;
  assert.ok(first.e.every(({ h, x }) => !h && !x));
  for (const { init, batch } of page.requests) {
    assert.ok(new TextEncoder().encode(init.body).length <= 65536);
    assert.doesNotMatch(init.body, /\\ud[89a-f]/i);
    for (const event of batch.e) {
      assert.ok(event.m.length <= 1024 && event.s.length <= 4096 && event.s.length > 890 && event.cut && !event.h);
    }
  }
  await page.pass(9000);
  assert.equal(sent(page).length, 20);
});

inPage("a storm is bounded and what is left out is counted", {}, async (page) => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let i = 0; i < 10000; i++) page.fail(error(`${letters[i % 26]}${letters[(i / 26) % 26 | 0]}${letters[(i / 676) % 26 | 0]}`));
  for (let i = 0; i < 9; i++) await page.pass(1000);
  // Nothing comes after it.
  await page.hide();
  const batches = [...page.requests.map(({ batch }) => batch), ...page.beacons];
  const reported = batches.flatMap(({ d }) => Object.values(d)).reduce((sum, n) => sum + n, 0);
  const counted = batches.flatMap(({ e }) => e).reduce((sum, { c }) => sum + c, 0);
  assert.ok(reported > 9000, String(reported));
  assert.equal(counted + reported, 10000);
  assert.ok(page.requests.length < 12, String(page.requests.length));
});

inPage("the socket's last transitions ride along", {}, async (page) => {
  assert.throws(() => new WebSocket("bad:"), SyntaxError);
  const socket = new WebSocket("wss://h");
  assert.ok(socket instanceof WebSocket && WebSocket.OPEN === 1);
  socket.dispatchEvent(new Event("open"));
  socket.dispatchEvent(Object.assign(new Event("close"), { code: 1006 }));
  for (let i = 0; i < 3; i++) new WebSocket("wss://h");
  page.beacon.correlate("018f-7");
  page.fail(error("one"));
  page.beacon.correlate();
  page.fail(error("two"));
  await page.pass(1000);
  const [one, two] = sent(page);
  assert.equal(one.w, "o,x1006,c,c,c");
  assert.equal(one.q, "018f-7");
  assert.equal(two.q, "");
});

inPage("a frozen console is left alone", { frozen: true }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  assert.equal(sent(page).length, 1);
});

inPage("stop takes the hooks out, starting twice does not put them in twice", {}, async (page) => {
  const same = page.loader.start({ url: "/elsewhere" });
  assert.equal(same, page.beacon);
  assert.notEqual(console.error, page.error);
  assert.notEqual(WebSocket, page.globals.WebSocket);
  page.beacon.stop();
  assert.equal(console.error, page.error);
  assert.equal(WebSocket, page.globals.WebSocket);
  page.fail(error("after"));
  assert.equal(page.timers(), 0);
  await page.pass(1000);
  assert.deepEqual(sent(page), []);
});

const tag = { dataset: { url: "/api/ops/frontend-log?k=pub", build: "b9" } };
inPage("one script element with data attributes starts it", { tag }, async (page) => {
  await page.ready;
  await page.settle();
  page.fail(error("one"));
  await page.pass(1000);
  assert.equal(page.requests[0].url, "/api/ops/frontend-log?k=pub");
  assert.equal(page.requests[0].batch.b, "b9");
});
