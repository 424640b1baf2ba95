// The WASM core alone: what goes in as text comes out without secrets, with a fingerprint.
// Needs the built module: BEACON_WASM, or where `cargo build -p beacon --profile wasm --target wasm32-unknown-unknown` puts it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadCore } from "./core.mjs";

const core = await loadCore();
const ANSWER = 20000;
const encoder = new TextEncoder();

/** One event through the core: its fields as they come out, its fingerprint, and the rules that removed something. */
function clean({ k = 0, r = "/", w = "", q = "", m = "boom", s = "" } = {}) {
  const memory = new Uint8Array(core.memory.buffer, core.input());
  encoder.encodeInto([m, s, r, w, q, ""].join("\0"), memory);
  const answer = memory.subarray(ANSWER, ANSWER + core.clean(k));
  const fields = new TextDecoder("utf-8", { fatal: true }).decode(answer).split("\0");
  assert.equal(fields.length, 7);
  const [message, stack, route, socket, correlation, h, rules] = fields;
  assert.match(h, /^01[0-9a-f]{14}$/);
  return { m: message, s: stack, r: route, w: socket, q: correlation, h, rules: rules.split(" ").filter(Boolean) };
}

/** The same texts as `scrub`'s own table keeps and removes; the crate's tests hold the rest. */
const SECRETS = [
  "jane.doe@example.com", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "4111 1111 1111 1111",
  "DE89 3704 0044 0532 0130 00", "987654321012", "hunter2secret", "abcDEF123456bearer",
];
const LEAKY = `mail jane.doe@example.com jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl card 4111 1111 1111 1111
iban DE89 3704 0044 0532 0130 00 n 987654321012 {"password":"hunter2secret"} Bearer abcDEF123456bearer`;

test("what holds no secret comes out as it went in", () => {
  const event = { r: "/plans/7", w: "c,o,x1006", q: "018f-1", m: 'say "hi"\\\n\u0007 é 🏠', s: "f@https://h/a.js:1:2" };
  const { h, rules, ...fields } = clean({ k: 2, ...event });
  assert.deepEqual(fields, event);
  assert.deepEqual(rules, []);
  assert.notEqual(clean({ k: 3, ...event }).h, h, "the kind counts");
});

test("the same failure has one fingerprint, another has another", () => {
  const seen = new Set();
  for (let i = 0; i < 50; i++) {
    seen.add(clean({ m: `order ${i * 7919} of user${i}@example.com failed`, s: `f@https://h/a-${i}bc.js:${i + 1}:2` }).h);
  }
  assert.equal(seen.size, 1);
  assert.ok(!seen.has(clean({ m: "another", s: "f@https://h/a.js:1:2" }).h));
});

test("a fingerprint is what the receiver makes of the same texts", () => {
  const table = JSON.parse(readFileSync(new URL("fingerprints.json", import.meta.url), "utf8"));
  for (const { h, ...event } of table) assert.equal(clean(event).h, h, JSON.stringify(event));
});

test("no secret comes out of any field, and the rules are named", () => {
  const { rules, h, ...fields } = clean({ m: LEAKY, s: LEAKY, r: "/u/jane.doe@example.com/987654321012", q: "987654321012", w: "jane.doe@example.com" });
  const out = JSON.stringify(fields);
  for (const secret of SECRETS) assert.ok(!out.includes(secret), `${secret} in ${out}`);
  const counts = {};
  for (const rule of rules) counts[rule] = (counts[rule] ?? 0) + 1;
  assert.deepEqual(counts, { email: 4, jwt: 2, bearer: 2, hidden: 2, card: 2, iban: 2, digits: 4 });
  assert.equal(fields.r, "/u/[email]/[digits]");
  assert.equal(clean({ m: "session=-----true token: -null pin=null" }).m, "session=[hidden] token: [hidden] pin=null");
});

test("the most that the loader gives fits, whatever it is made of", () => {
  for (const piece of ["x", "漢", "pin=1 ", "://a@", "a@b.cc ", "?a=b ", '"\\', "\ud83c\udfe0", "-----BEGIN "]) {
    const fill = (units) => piece.repeat(units).slice(0, units);
    const { m, s, h } = clean({ m: fill(1024), s: fill(4096), r: fill(256), w: fill(40), q: fill(64) });
    assert.ok(m.length > 4 && s.length > 4, piece);
    assert.equal(clean({ m: fill(1024), s: fill(4096) }).h, h);
  }
});

test("nothing but secrets fits too, with the name of every rule", () => {
  const fill = (units) => "://a@".repeat(units / 5);
  const { m, s, q, h, rules } = clean({ m: fill(1020), s: fill(4095), r: fill(255), w: fill(60), q: fill(60) });
  assert.equal(rules.length, (1020 + 4095 + 255 + 60 + 60) / 5);
  assert.deepEqual([...new Set(rules)], ["userinfo"]);
  assert.equal(m, "://[userinfo]@".repeat(204));
  assert.equal(s, "://[userinfo]@".repeat(819));
  assert.equal(q, "://[userinfo]@".repeat(12));
  assert.equal(clean({ m: fill(1020), s: fill(4095) }).h, h);
});

test("any text comes out as valid UTF-8", () => {
  let seed = 1;
  for (let round = 0; round < 500; round++) {
    const text = [];
    for (let i = 0; i < 200; i++) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      text.push(seed % 5 ? 32 + (seed % 95) : 1 + ((seed >> 8) % 0xfffe));
    }
    clean({ m: String.fromCharCode(...text), s: String.fromCharCode(...text.reverse()) });
  }
  assert.equal(clean({ m: "\ud800 lone \udc00" }).m, "\ufffd lone \ufffd");
});

test("memory that nobody wrote is no trap", () => {
  new Uint8Array(core.memory.buffer, core.input(), ANSWER).fill(65);
  assert.doesNotThrow(() => core.clean(0xffffffff));
  new Uint8Array(core.memory.buffer, core.input(), ANSWER).fill(0);
  assert.equal(clean().m, "boom");
});

test("10,000 events need no more memory", () => {
  const before = core.memory.buffer.byteLength;
  for (let i = 0; i < 10000; i++) clean({ m: `failure no ${i}`, s: "f@https://h/a.js:1:2\n".repeat(9) });
  assert.equal(before, 65536);
  assert.equal(core.memory.buffer.byteLength, before);
});
