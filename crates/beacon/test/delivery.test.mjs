// How the loader delivers, in a page of our own making (`page.mjs`): what receivers answer, what is left when a page ends, what counts as lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { URL_OF_REPORTS, error, inPage, open, sent } from "./page.mjs";

let answered;
const slow = new Promise((done) => (answered = done));

inPage("what happens during a request waits for its second", { answers: [slow] }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  page.fail(error("two"));
  await page.pass(1000);
  answered({});
  await page.settle();
  assert.equal(page.requests.length, 1, "an answer is no reason to hurry");
  page.fail(error("three"));
  await page.pass(1000);
  assert.deepEqual(page.requests[1].batch.e.map(({ m }) => m), ["Error: two", "Error: three"]);
  await page.pass(5000);
  assert.deepEqual([page.requests.length, page.timers()], [2, 0]);
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

// What is no number of seconds is taken for no header, what is below zero for longer than a page lives.
for (const [after, most] of [["-1", 1], ["-0.5", 28], ["0", 28], ["0.1", 28], ["soon", 28], ["1e99", 28], ["99999999999", 1]]) {
  const answer = { status: 429, headers: { "retry-after": after } };
  inPage(`a Retry-After of ${after} does not spin`, { answers: Array(99).fill(answer) }, async (page) => {
    page.fail(error("one"));
    await page.pass(1000);
    for (let second = 0; second < 3600; second++) await page.pass(1000);
    await page.hide();
    await page.show();
    await page.hide();
    assert.equal(page.requests.length, most, "in an hour");
    assert.match(page.store.get(URL_OF_REPORTS), /Error: one/, "the next page of the tab sends it");
  });
}

inPage("a network that is away is tried less and less often, also when somebody looks", { beacon: () => false, answers: Array(99).fill(new TypeError("offline")) }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  for (let i = 0; i < 1000; i++) await page.pass(1000);
  assert.equal(page.requests.length, 15, "after 9, 18, 27 … seconds");
  assert.equal(page.requests[1].init.keepalive, false);
  const before = page.requests.length;
  page.answers.push(...Array(99).fill(new TypeError("offline")));
  for (let minute = 0; minute < 4 * 60; minute++) {
    await page.hide();
    await page.show();
    await page.pass(60_000);
  }
  assert.ok(page.requests.length - before < 50 && page.timers() == 1, String(page.requests.length - before));
  page.answers.length = 0;
  await page.pass(900_000);
  assert.equal(page.requests.at(-1).batch.e[0].m, "Error: one");
  assert.equal(page.requests.at(-1).batch.n, 0);
});

const odd = [undefined, null, Object.create(null), Symbol("no"), { status: 200 }, { get status() { throw 1; } }].map((thrown) => ({ thrown }));

inPage("whatever somebody's `fetch` fails with, it is tried again", { answers: odd }, async (page) => {
  page.fail(error("one"));
  for (let i = 0; i < 200; i++) await page.pass(1000);
  assert.deepEqual(page.requests.map(({ batch }) => batch.n), [0, 0, 0, 0, 0, 0, 0]);
  assert.equal(page.timers(), 0, "the seventh was answered");
});

inPage("413 halves the batch until one event is left", { answers: [{ status: 413 }, { status: 413 }, {}, { status: 413 }] }, async (page) => {
  for (const word of ["one", "two", "six", "ten"]) page.fail(error(word));
  await page.pass(1000);
  await page.pass(10_000); // after a refusal, what is left goes with what comes
  page.fail(error("later"));
  await page.pass(1000);
  await page.pass(1000);
  assert.deepEqual(page.requests.map(({ batch }) => batch.e.length), [4, 2, 2, 1, 1, 1]);
  const numbers = page.requests.slice(0, 5).map(({ batch }) => batch.n);
  assert.equal(new Set(numbers).size, 3, "every piece has its own number");
  assert.deepEqual(Object.assign({}, ...page.requests.map(({ batch }) => batch.d)), { 413: 1 });
});

inPage("what is refused is counted", { answers: [{ status: 403 }] }, async (page) => {
  page.fail(error("one"));
  page.fail(error("one"));
  await page.pass(1000);
  await page.pass(10_000);
  page.fail(error("two"));
  await page.pass(1000);
  assert.deepEqual(page.requests.at(-1).batch.d, { 403: 2 });
});

inPage("a page that writes every refusal to its console asks no more often because of it", { answers: Array(99).fill({ status: 403 }) }, async (page) => {
  page.fail(error("one"));
  let written = 0;
  for (let second = 0; second < 60; second++) {
    for (; written < page.requests.length; written++) console.error("POST /api/ops/frontend-log was answered 403");
    await page.pass(1000);
  }
  assert.deepEqual([page.requests.length, page.timers()], [1, 0]);
});

inPage("what was refused at last goes with the page, and nothing is asked because of it", { answers: [{ status: 403 }] }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  await page.pass(60_000);
  assert.deepEqual([page.requests.length, page.timers()], [1, 0], "a key that is refused is no reason to ask again");
  await page.hide();
  assert.deepEqual(page.beacons.map(({ n, e, d }) => [n, e, d]), [[1, [], { 403: 1 }]]);
  await page.show();
  await page.hide();
  assert.equal(page.beacons.length, 1, "it was said");
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
  assert.match(page.store.get(URL_OF_REPORTS), /Error: one/);
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

test("a tab whose storage is forbidden from the beginning counts its batches all the same", async () => {
  const page = await open({});
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get() { throw new DOMException("no", "SecurityError"); } });
  await page.start();
  for (const word of ["one", "two"]) {
    page.fail(error(word));
    await page.pass(1000);
  }
  page.close();
  assert.deepEqual(page.requests.map(({ batch }) => batch.n), [0, 1]);
  assert.match(page.requests[0].batch.p, /^\d+$/);
});

/** A page in which `word` failed, which had time to say so, and which nobody sees any more. */
async function hidden(word, options) {
  const page = await open(options);
  await page.start();
  page.fail(error(word));
  await page.pass(1000);
  await page.hide();
  return page;
}

/** The next page of a tab that ended without a word. */
const follow = (first) => {
  first.close();
  return open({ stored: Object.fromEntries(first.store) });
};

/** The same: what it sends when something happens, by number, and its batch of that. */
async function next(first) {
  const second = await follow(first);
  await second.start();
  second.fail(error("new"));
  await second.pass(1000);
  second.close();
  const batches = second.requests.map(({ batch }) => batch);
  return { batches, fresh: batches.find(({ e }) => e[0].m == "Error: new") };
}

test("what was kept is delivered by the next page, with its session and numbers", async () => {
  const first = await open({ beacon: () => false, answers: [new TypeError("gone")] });
  await first.start();
  first.fail(error("kept"));
  await first.hide();
  const [old, fresh] = (await next(first)).batches;
  assert.deepEqual([old.n, old.e[0].m, fresh.n, fresh.e[0].m], [0, "Error: kept", 1, "Error: new"]);
  assert.equal(old.p, fresh.p);
});

test("a tab that goes on while nobody sees it, and then crashes, uses none of its numbers again", async () => {
  const first = await open({});
  await first.start();
  first.fail(error("seen"));
  await first.hide();
  for (const letter of "abc") {
    first.fail(error(`unseen ${letter}`));
    await first.pass(1000);
  }
  const { fresh } = await next(first);
  const used = [...first.beacons, ...first.requests.map(({ batch }) => batch)];
  assert.deepEqual(used.map(({ n }) => n), [0, 1, 2, 3]);
  assert.deepEqual([fresh.p, fresh.n], [used[0].p, 4]);
});

test("a batch that is cut in two while nobody sees it uses none of its numbers again either", async () => {
  const first = await open({ answers: [{ status: 413 }] });
  await first.start();
  await first.hide();
  first.fail(error("a"));
  first.fail(error("b"));
  await first.pass(1000);
  assert.deepEqual(first.requests.map(({ batch: { n, e } }) => [n, e.length]), [[0, 2], [0, 1], [1, 1]]);
  const { fresh } = await next(first);
  assert.deepEqual([fresh.p, fresh.n], [first.requests[0].batch.p, 2]);
});

test("what a tab sends while nobody sees it stays kept until it is seen", async () => {
  const page = await open({ answers: [{ status: 503 }, new Promise(() => {})] });
  await page.start();
  await page.hide();
  page.fail(error("a"));
  await page.pass(1000);
  await page.pass(9999);
  assert.equal(page.requests.length, 2, "the second is under way");
  assert.match(page.store.get(URL_OF_REPORTS), /Error: a/);
  await page.show();
  assert.equal(page.store.size, 0);
  page.close();
});

test("losses a page could not tell any more are told by the next page of its tab, also when nothing happens there", async () => {
  const second = await follow(await hidden("a", { beacon: () => false, answers: [{ status: 403 }, new TypeError("gone")] }));
  await second.start();
  second.close();
  assert.deepEqual(second.requests.map(({ batch: { n, e, d } }) => [n, e, d]), [[1, [], { 403: 1 }]]);
});

test("a page that comes back from the browser's memory goes on where the page after it ended", async () => {
  const first = await open({});
  await first.start();
  first.fail(error("one"));
  await first.pass(1000);
  await first.hide();
  first.fire("pagehide");
  const second = await open({ stored: Object.fromEntries(first.store), answers: [{}, { status: 429, headers: { "retry-after": "600" } }] });
  await second.start();
  for (const word of ["two", "three"]) {
    second.fail(error(word));
    await second.pass(1000);
  }
  second.fire("pagehide");
  await second.hide();
  second.fire("freeze");
  second.close();
  // In Chromium who comes back is told so a moment before the other is told that it goes, and keeps something.
  first.visibility = "visible";
  first.fire("visibilitychange");
  await first.settle();
  for (const [name, value] of second.store) first.store.set(name, value);
  await first.pass(99);
  first.fail(error("four"));
  await first.pass(1000);
  first.close();
  const numbers = (page) => page.requests.map(({ batch: { n, e } }) => [n, e[0].m]);
  assert.deepEqual(numbers(second), [[1, "Error: two"], [2, "Error: three"]]);
  assert.deepEqual(numbers(first), [[0, "Error: one"], [2, "Error: three"], [3, "Error: four"]]);
  assert.equal(first.requests[2].batch.p, second.requests[0].batch.p);
});

test("a page that comes back after one that crashed uses none of its numbers", async () => {
  const page = await open({});
  await page.start();
  page.fail(error("one"));
  await page.hide();
  page.fire("pagehide");
  page.store.clear(); // the next page took it …
  page.fire("freeze");
  assert.equal(page.store.size, 0, "what is there is the next page's");
  // … and ended without a word.
  await page.show();
  page.fail(error("two"));
  await page.pass(1000);
  page.close();
  assert.notEqual(page.requests[0].batch.p, page.beacons[0].p);
  assert.equal(page.requests[0].batch.n, 0);
});

test("what a page kept under one key does not go out under another", async () => {
  const second = await follow(await hidden("of one customer", { answers: [{ status: 503 }] }));
  await second.start({ url: "/api/ops/frontend-log?k=OTHER" });
  await second.pass(60_000);
  await second.hide();
  second.close();
  assert.deepEqual([second.requests, second.beacons], [[], []]);
  assert.match(second.store.get(URL_OF_REPORTS), /of one customer/);
});

inPage("a wrapper of `fetch` that answers nothing is an answer that did not come", { answers: [{ nothing: true }] }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  await page.pass(10_000);
  assert.deepEqual(page.requests.map(({ batch }) => batch.n), [0, 0]);
});

inPage("the receiver's own word counts more than that somebody looks", { answers: [new TypeError("offline"), { status: 429, headers: { "retry-after": "600" } }] }, async (page) => {
  page.fail(error("one"));
  await page.pass(1000);
  await page.pass(10_000);
  await page.hide();
  await page.show();
  assert.equal(page.requests.length, 2);
});

let refuse;
const refusals = [new Promise((done) => (refuse = done)), ...Array(99).fill({ status: 403 })];
inPage("a key that is refused is no reason for a page nobody sees to ask without end", { answers: refusals }, async (page) => {
  await page.hide();
  for (const letter of "abcdefghijklmnopqrst") {
    page.fail(error(letter + " long text".repeat(99)));
    await page.pass(1000);
  }
  refuse({ status: 403 });
  for (let second = 0; second < 99; second++) await page.pass(1000);
  assert.ok(page.requests.length < 9 && page.timers() == 0, String(page.requests.length));
});

for (const kept of ["{", "null", "[]", '{"e":1}', '["p"]', '"text"']) {
  inPage(`storage that is not ours (${kept}) does no harm`, { stored: { [URL_OF_REPORTS]: kept } }, async (page) => {
    page.fail(error("one"));
    await page.pass(1000);
    assert.equal(sent(page)[0]?.m, "Error: one");
    assert.match(page.requests[0].batch.p, /^[a-z0-9]+$/);
  });
}

inPage("a whole line of large events fits into what a page may send when it ends, and the first ones are whole", {}, async (page) => {
  const frames = (name) => Array.from({ length: 30 }, (_, line) => `    at ${name}${line} (https://shop.example/assets/some-part-of-it.js:${line}:7) ${"x".repeat(20)}`);
  for (let i = 0; i < 30; i++) page.fail(error("closing " + "abcdefghij"[i % 10] + "uvw"[i % 3], frames("f" + "klmnopqrst"[i % 10] + "uvw"[i % 3]).join("\n")));
  await page.hide();
  assert.ok(page.beacons.reduce((sum, batch) => sum + new TextEncoder().encode(JSON.stringify(batch)).length, 0) <= 65536);
  const events = page.beacons.flatMap(({ e }) => e);
  assert.equal(events.length, 30);
  assert.ok(events.every(({ s, cut }, at) => (at < 9 ? s.length > 2500 && !cut : s.length > 900 && cut)));
});

