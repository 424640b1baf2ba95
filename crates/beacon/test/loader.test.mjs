// The loader in a page of our own making (`page.mjs`), with the real WASM core: what it sees, what it sends, and that
// the page never notices. A real browser runs it in the end-to-end suite.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

/** Runs `work` in a page with a started beacon and puts the globals back. */
const inPage = (name, options, work) =>
  test(name, async () => {
    const page = await open(options);
    try {
      if (!options.tag) await page.start();
      await work(page);
    } finally {
      page.close();
    }
  });
const sent = (page) => page.requests.flatMap(({ batch }) => batch.e);
const error = (message, stack = "f@https://h/a.js:1:2") => Object.assign(new Error(message), { stack });

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
  assert.deepEqual({ ...init, body: 0 }, { method: "POST", body: 0, keepalive: true, credentials: "omit" });
  const { e, p, ...head } = batch;
  assert.deepEqual(head, { v: 1, b: "b1", n: 0, core: "wasm", d: {} });
  assert.match(p, /^[a-z0-9]{8,64}$/);
  assert.deepEqual(e.map(({ k, m, r }) => [k, m, r]), [
    [0, "Error: order 17 of [email]", "/plans/7"],
    [1, "Error: late", "/plans/7"],
    [2, "could not Error: draw [Object secret,n]", "/plans/7"],
    [3, "load IMG https://h/x.png?v=", "/plans/7"],
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
  for (const expected of ["text", "7", "null", "undefined", "Symbol(s)", "[Object self]", "from a library", "Uncaught null"]) {
    assert.ok(messages.includes(expected), `${expected} in ${messages}`);
  }
  assert.equal(sent(page).at(-1).s, "@https://h/a.js:3");
});

inPage("an event that cannot be read costs no other one", {}, async (page) => {
  page.fail(error("before"));
  page.beacon.correlate({ get length() { throw 1; }, toString() { throw 2; } });
  page.fail(error("unreadable"));
  page.beacon.correlate("");
  page.fail(Object.assign(new Error("stack of call sites"), { stack: [{ toString() { throw 3; } }] }));
  page.fail(error("after"));
  await page.pass(1000);
  const messages = sent(page).map(({ m }) => m);
  assert.deepEqual([messages[0], messages.at(-1)], ["Error: before", "Error: after"]);
});

inPage("what happens again while the receiver wants to be left alone is counted", { answers: [{ status: 429, headers: { "retry-after": "60" } }] }, async (page) => {
  page.fail(error("first"));
  for (let i = 0; i < 50; i++) {
    await page.pass(1000);
    page.fail(error("again"));
  }
  for (let i = 0; i < 12; i++) await page.pass(1000);
  const [, , ...events] = sent(page);
  assert.deepEqual(events.map(({ m, c }) => [m, c]), [["Error: again", 50]]);
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

inPage("a NUL in a message moves text about and lets nothing out", {}, async (page) => {
  page.fail(error("one\0jane@example.com\0\0password=hunter2\0\0\0", "f@https://h/a.js?key=s3cr3t:1:2"));
  page.fail(error("two"));
  await page.pass(1000);
  assert.doesNotMatch(page.requests[0].init.body, /jane|hunter2|s3cr3t/);
  assert.equal(sent(page)[1].m, "Error: two");
});

inPage("prototype pollution keys are only text", {}, async (page) => {
  page.fail(error("__proto__"));
  console.error(JSON.parse('{"__proto__":{"polluted":1},"constructor":2}'), "constructor", "toString");
  await page.pass(1000);
  assert.equal({}.polluted, undefined);
  assert.equal(sent(page).length, 2);
});

inPage("429 is honoured and nothing is lost", { answers: [{ status: 429, headers: { "retry-after": "30" } }] }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  page.fail(error("two"));
  await page.pass(5000);
  await page.hide();
  assert.equal(page.beacons.length, 0, "not even by sendBeacon");
  assert.ok(page.store.size, "but kept for the next load");
  await page.show();
  assert.equal(page.requests.length, 1);
  await page.pass(26000);
  await page.pass(1000);
  assert.deepEqual(page.requests.map(({ batch }) => [batch.n, batch.e[0].m]), [[0, "Error: one"], [0, "Error: one"], [1, "Error: two"]]);
  assert.equal(page.timers(), 0);
});

inPage("a Retry-After beyond reason does not spin", { answers: [{ status: 429, headers: { "retry-after": "1e99" } }] }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  await page.pass(3600e3 - 1);
  assert.equal(page.requests.length, 1);
  await page.pass(1000);
  assert.equal(page.requests.length, 2);
});

inPage("a network that is away is tried less and less often, at last once an hour", { answers: Array(99).fill(new TypeError("offline")) }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  for (let i = 0; i < 1000; i++) await page.pass(1000);
  assert.ok(page.requests.length > 4 && page.requests.length < 12, String(page.requests.length));
  assert.equal(page.requests[1].init.keepalive, false);
  const before = page.requests.length;
  page.answers.push(...Array(99).fill(new TypeError("offline")));
  for (let minute = 0; minute < 24 * 60; minute++) await page.pass(60_000);
  assert.ok(page.requests.length - before < 28 && page.timers() == 1, String(page.requests.length - before));
  page.answers.length = 0;
  page.fire("online");
  await page.settle();
  assert.equal(page.requests.at(-1).batch.e[0].m, "Error: one");
  assert.equal(page.requests.at(-1).batch.n, 0);
});

inPage("413 halves the batch until one event is left", { answers: [{ status: 413 }, { status: 413 }, {}, { status: 413 }] }, async (page) => {
  for (const word of ["one", "two", "six", "ten"]) page.fail(error(word));
  await page.pass(1000);
  const sizes = page.requests.map(({ batch }) => batch.e.length);
  assert.deepEqual(sizes, [4, 2, 2, 1, 1]);
  const numbers = page.requests.map(({ batch }) => batch.n);
  assert.equal(new Set(numbers).size, 3, "every piece has its own number");
  page.fail(error("later"));
  await page.pass(1000);
  assert.deepEqual(page.requests.at(-1).batch.d, { 413: 1 });
});

inPage("what is refused is counted", { answers: [{ status: 403 }] }, async (page) => {
  page.fail(error("one"));
  page.fail(error("one"));
  await page.pass(1000);
  page.fail(error("two"));
  await page.pass(1000);
  assert.deepEqual(page.requests.at(-1).batch.d, { 403: 2 });
});

inPage("a hidden page hands everything to sendBeacon", {}, async (page) => {
  page.fail(error("last words"));
  await page.hide();
  page.fire("pagehide");
  assert.deepEqual(page.beacons.map(({ n, e }) => [n, e[0].m]), [[0, "Error: last words"]]);
  assert.equal(page.requests.length, 0);
});

for (const last of ["pagehide", "freeze"]) {
  inPage(`${last} alone is enough for the last words`, {}, async (page) => {
    page.fail(error("last words"));
    page.fire(last);
    await page.settle();
    assert.deepEqual(page.beacons.map(({ e }) => e[0].m), ["Error: last words"]);
  });
}

inPage("a flood of the console takes no place from an error, and counts as what it is", {}, async (page) => {
  const word = (i) => String.fromCharCode(97 + (i % 26), 97 + ((i / 26) | 0));
  for (let i = 0; i < 300; i++) console.error(`the layer ${word(i)} is missing`);
  page.fail(error("the one that matters"));
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
  page.fire("online");
  await page.settle();
  for (let i = 0; i < 60; i++) await page.settle();
  page.fail(error("afterwards"));
  await page.pass(1000);
  await page.settle();
  const reasons = Object.assign({}, ...page.requests.map(({ batch }) => batch.d));
  assert.ok(reasons.full > 0, JSON.stringify(reasons));
});

inPage("the route is the one the page has at that moment", {}, async (page) => {
  page.fail(error("one"));
  page.globals.location.pathname = "/plans/8";
  page.fail(error("two"));
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ r }) => r), ["/plans/7", "/plans/8"]);
});

inPage("bytes are counted, not characters", {}, async (page) => {
  const word = (i) => String.fromCharCode(97 + i);
  for (let i = 0; i < 12; i++) page.fail(error(`${word(i)} ` + "\u4e16".repeat(1000)));
  await page.pass(1000);
  for (let i = 0; i < 9; i++) await page.settle();
  assert.ok(page.requests.every(({ batch }) => batch.e.length <= 3), "three thousand bytes each, a thousand characters");
  assert.equal(sent(page).length, 12);
});

const quota = (body, page) => body.length < 9000 && page.beacons.reduce((sum, b) => sum + JSON.stringify(b).length, body.length) < 65536;
inPage("sendBeacon that refuses gets pieces", { beacon: quota }, async (page) => {
  for (let i = 0; i < 30; i++) page.fail(error(`${"abcdefghij"[i % 10]} ${"xyz"[i % 3]}${"long text ".repeat(90)}`));
  await page.hide();
  const delivered = [...page.beacons, ...page.requests.map(({ batch }) => batch)];
  assert.equal(delivered.flatMap(({ e }) => e).length, 30);
  assert.equal(new Set(delivered.map(({ n }) => n)).size, delivered.length);
  assert.ok(page.beacons.length > 3);
});

inPage("without sendBeacon: fetch, and the tab's storage until it is answered", { beacon: () => { throw new TypeError(); } }, async (page) => {
  page.fail(error("one"));
  await page.hide();
  assert.equal(page.requests.length, 1);
  assert.equal(page.requests[0].init.keepalive, true);
  assert.match(page.store.get("opsBeacon"), /Error: one/);
  await page.show();
  assert.equal(page.store.size, 0, "a duplicated tab finds nothing");
});

inPage("a tab whose storage is forbidden delivers all the same", { beacon: () => false }, async (page) => {
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get() { throw new DOMException("no", "SecurityError"); } });
  page.fail(error("one"));
  await page.hide();
  assert.deepEqual(page.requests.map(({ batch }) => batch.e[0].m), ["Error: one"]);
  await page.show();
  page.fail(error("two"));
  await page.pass(1000);
  assert.equal(page.requests.at(-1).batch.e[0].m, "Error: two");
});

inPage("a correlation is never in the page's way", {}, async (page) => {
  for (const id of [7, null, undefined, "x".repeat(999)]) {
    page.beacon.correlate(id);
    page.fail(error(`with ${typeof id}`));
  }
  await page.pass(1000);
  assert.deepEqual(sent(page).map(({ q }) => q.length), [1, 0, 0, 0]);
});

test("what was kept is delivered by the next page, with its session and numbers", async () => {
  const first = await open({ beacon: () => false, answers: [new TypeError("gone")] });
  await first.start();
  first.fail(error("kept"));
  await first.hide();
  first.close();
  const second = await open({ stored: Object.fromEntries(first.store) });
  await second.start();
  second.fail(error("new"));
  await second.pass(1000);
  second.close();
  const [old, fresh] = second.requests.map(({ batch }) => batch);
  assert.deepEqual([old.n, old.e[0].m, fresh.n, fresh.e[0].m], [0, "Error: kept", 1, "Error: new"]);
  assert.equal(old.p, fresh.p);
});

for (const kept of ["{", "null", "[]", '{"e":1}', '["p"]', '"text"']) {
  inPage(`storage that is not ours (${kept}) does no harm`, { stored: { opsBeacon: kept } }, async (page) => {
    page.fail(error("one"));
    await page.pass(1000);
    assert.equal(sent(page)[0]?.m, "Error: one");
    assert.match(page.requests[0].batch.p, /^[a-z0-9]+$/);
  });
}

inPage("without WASM raw but capped events go out", { wasm: "forbidden" }, async (page) => {
  for (let i = 0; i < 20; i++) page.fail(error(`${"abcdefghij"[i % 10]}${"uvwxyz"[i % 6]} ` + "é".repeat(9000), "\ud800" + "s".repeat(9000)));
  await page.pass(1000);
  const first = page.requests[0].batch;
  assert.equal(first.core, "js");
  assert.ok(first.e.every(({ x }) => !x));
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

inPage("a whole line of large events fits into what a page may send when it ends, and the first ones are whole", {}, async (page) => {
  const frames = (name) => Array.from({ length: 30 }, (_, line) => `    at ${name}${line} (https://shop.example/assets/some-part-of-it.js:${line}:7) ${"x".repeat(20)}`);
  for (let i = 0; i < 30; i++) page.fail(error("closing " + "abcdefghij"[i % 10] + "uvw"[i % 3], frames("f" + "klmnopqrst"[i % 10] + "uvw"[i % 3]).join("\n")));
  await page.hide();
  assert.ok(page.beacons.reduce((sum, batch) => sum + new TextEncoder().encode(JSON.stringify(batch)).length, 0) <= 65536);
  const events = page.beacons.flatMap(({ e }) => e);
  assert.equal(events.length, 30);
  assert.ok(events.every(({ s, cut }, at) => (at < 9 ? s.length > 2500 && !cut : s.length > 900 && cut)));
});

inPage("a storm is bounded and what is left out is counted", {}, async (page) => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let i = 0; i < 10000; i++) page.fail(error(`${letters[i % 26]}${letters[(i / 26) % 26 | 0]}${letters[(i / 676) % 26 | 0]}`));
  for (let i = 0; i < 9; i++) await page.pass(1000);
  page.fail(error("after the storm"));
  await page.pass(1000);
  const reported = page.requests.flatMap(({ batch }) => Object.values(batch.d)).reduce((sum, n) => sum + n, 0);
  const counted = sent(page).reduce((sum, { c }) => sum + c, 0);
  assert.equal(counted + reported, 10001);
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
  page.beacon.stop();
  assert.equal(console.error, page.globals.console.error);
  assert.equal(WebSocket, page.globals.WebSocket);
  page.fail(error("after"));
  assert.equal(page.timers(), 0);
  await page.pass(1000);
  assert.deepEqual(sent(page), []);
});

const tag = { dataset: { url: "/api/ops/frontend-log", key: "pub", build: "b9" } };
inPage("one script element with data attributes starts it", { tag }, async (page) => {
  await page.ready;
  await page.settle();
  page.fail(error("one"));
  await page.pass(1000);
  assert.equal(page.requests[0].url, "/api/ops/frontend-log?k=pub");
  assert.equal(page.requests[0].batch.b, "b9");
});
