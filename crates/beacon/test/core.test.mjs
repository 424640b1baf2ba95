// The WASM core alone, by its four exports: what goes in as text comes out as the wire's JSON, without secrets.
// Needs the built module: BEACON_WASM, or where `cargo build -p beacon --profile wasm --target wasm32-unknown-unknown` puts it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCore } from "./core.mjs";

const core = await loadCore();
const INPUT = 16384;
const encoder = new TextEncoder();

function put({ k = 0, t = 5, c = 1, r = "/", w = "", q = "", m = "boom", s = "" } = {}) {
  const memory = new Uint8Array(core.memory.buffer, core.input(), INPUT);
  const { written } = encoder.encodeInto([r, w, q, m, s].join("\0"), memory);
  return core.event(written, k, t, c);
}
function close(fatal = true) {
  const length = core.close();
  const bytes = new Uint8Array(core.memory.buffer, core.input() + INPUT, length);
  return JSON.parse(new TextDecoder("utf-8", { fatal }).decode(bytes));
}
/** The same texts as `scrub`'s own table keeps and removes; the crate's tests hold the rest. */
const SECRETS = [
  "jane.doe@example.com", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "4111 1111 1111 1111",
  "DE89 3704 0044 0532 0130 00", "987654321012", "hunter2secret", "abcDEF123456bearer",
];
const LEAKY = `mail jane.doe@example.com jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl card 4111 1111 1111 1111
iban DE89 3704 0044 0532 0130 00 n 987654321012 {"password":"hunter2secret"} Bearer abcDEF123456bearer`;

test("an event comes out as the wire says", () => {
  assert.equal(put({ k: 2, t: 1234, c: 7, r: "/plans/7", w: "c,o,x1006", q: "018f-1", m: 'say "hi"\\\n\u0007x', s: "f@https://h/a.js:1:2" }), 1);
  const { e, x } = close();
  assert.equal(e.length, 1);
  const { h, ...rest } = e[0];
  assert.match(h, /^01[0-9a-f]{14}$/);
  assert.deepEqual(rest, { k: 2, t: 1234, c: 7, r: "/plans/7", w: "c,o,x1006", q: "018f-1", m: 'say "hi"\\\n x', s: "f@https://h/a.js:1:2" });
  assert.deepEqual(x, {});
  assert.deepEqual(close(), { e: [], x: {} });
});

test("the same failure is counted, another is not mixed in", () => {
  for (let i = 0; i < 50; i++) {
    put({ m: `order ${i * 7919} of user${i}@example.com failed`, s: `f@https://h/a.js:${i + 1}:2`, c: 2 });
    put({ m: "another", s: `f@https://h/a.js:${i + 1}:2` });
    put({ k: 1, m: "another", s: `f@https://h/a.js:${i + 1}:2` });
  }
  const { e } = close();
  assert.deepEqual(e.map((event) => event.c), [100, 50, 50]);
  assert.equal(new Set(e.map((event) => event.h)).size, 3);
});

test("no secret comes out of any field, and the rules are counted", () => {
  put({ m: LEAKY, s: LEAKY, r: "/u/jane.doe@example.com/987654321012", q: "987654321012", w: "jane.doe@example.com" });
  const { e, x } = close();
  const out = JSON.stringify(e);
  for (const secret of SECRETS) assert.ok(!out.includes(secret), `${secret} in ${out}`);
  assert.deepEqual(x, { email: 4, jwt: 2, bearer: 2, hidden: 2, card: 2, iban: 2, digits: 4 });
  assert.equal(e[0].r, "/u/[email]/[digits]");
});

test("what is too long is cut and marked, with both ends", () => {
  put({ m: "begin " + "word (x) ".repeat(150) + "end", s: "first\n" + "f@https://h/a.js:1:2\n".repeat(150) + "last" });
  put({ m: "short" });
  const [long, short] = close().e;
  assert.equal(long.cut, true);
  assert.equal(short.cut, undefined);
  assert.ok(long.m.length <= 1024 && long.s.length <= 4096);
  assert.match(long.m, /^begin .* \[cut\] .*end$/s);
});

test("a secret that the loader cut in two does not come out in half", () => {
  const filler = "x, ".repeat(1000);
  for (let back = 1; back < 16; back++) {
    put({ m: filler.slice(0, 2048 - back - 2) + ", " + "4111 1111 1111 1111".slice(0, back) });
    assert.ok(!JSON.stringify(close()).includes("4111 1"));
  }
});

test("a batch that is full says so and loses nothing", () => {
  const long = (i) => `${String.fromCharCode(97 + (i % 26)).repeat(40)} ` + '"\\'.repeat(900);
  const times = ({ e }) => e.reduce((sum, event) => sum + event.c, 0);
  let batches = 0;
  let events = 0;
  for (let i = 0; i < 60; i++) {
    if (put({ m: long(i), k: i % 4 })) continue;
    events += times(close());
    batches++;
    assert.equal(put({ m: long(i), k: i % 4 }), 1, "there is room in an empty batch");
  }
  events += times(close());
  assert.ok(batches > 1);
  assert.equal(events, 60);
});

test("any bytes give valid JSON", () => {
  const memory = new Uint8Array(core.memory.buffer, core.input(), INPUT);
  let seed = 1;
  for (let round = 0; round < 300; round++) {
    const text = [];
    for (let i = 0; i < 200; i++) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      text.push(seed % 5 ? 32 + (seed % 95) : (seed >> 8) % 0xd800);
    }
    const { written } = encoder.encodeInto(String.fromCharCode(...text), memory);
    core.event(written, 0, 0, 1);
    assert.equal(close().e.length, 1);
  }
  put({ m: "\ud800 lone \udc00", s: "\udfff" });
  assert.equal(close().e[0].m, "\ufffd lone \ufffd");
  assert.equal(core.event(0xffffffff, 0, 0, 1), 1, "a length that lies");
  assert.equal(close(false).e.length, 1);
  assert.equal(core.event(0, 0, 0, 1), 1, "nothing at all");
  assert.equal(close().e.length, 1);
});

test("10,000 events need no more memory", () => {
  const before = core.memory.buffer.byteLength;
  let total = 0;
  const flush = () => close().e.forEach((event) => (total += event.c));
  for (let i = 0; i < 10000; i++) {
    const event = { m: `failure ${"abcdefghij"[i % 10].repeat(1 + (i % 7))} no ${i}`, s: "f@https://h/a.js:1:2\n".repeat(9) };
    if (!put(event)) flush(), put(event);
  }
  flush();
  assert.equal(total, 10000);
  assert.equal(before, 65536);
  assert.equal(core.memory.buffer.byteLength, before);
});
