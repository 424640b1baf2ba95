// Whatever befalls a page: random lives of a tab, of pages that follow each other, with receivers that answer, refuse, hang or are away.
// Nothing may vanish without a reason, and no number may stand for two batches. (413 has its tests in `delivery.test.mjs`.)
import assert from "node:assert/strict";
import { test } from "node:test";
import { error, open } from "./page.mjs";

/** The same numbers for the same seed, so that a life that went wrong can be lived again. */
const dice = (seed) => (sides) => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return (seed >> 8) % sides;
};

/** A message of letters only: digits would be the same group. */
const word = (n) => [n, n / 26, n / 676].map((part) => String.fromCharCode(97 + (part % 26))).join("");

/** What reaches the receiver, by session and number. */
class Receiver {
  batches = new Map();
  requests = 0;

  take(body) {
    const { p, n } = JSON.parse(body);
    const known = this.batches.get(`${p} ${n}`);
    assert.ok(!known || known == body, `number ${n} was used twice`);
    this.batches.set(`${p} ${n}`, body);
  }

  count() {
    const batches = [...this.batches.values()].map((body) => JSON.parse(body));
    const seen = batches.flatMap(({ e }) => e).reduce((sum, { c }) => sum + c, 0);
    const told = batches.flatMap(({ d }) => Object.values(d)).reduce((sum, more) => sum + more, 0);
    return { seen, told };
  }
}

/** Answers of a receiver in a bad mood; what hangs is in `hung`, to be answered later. */
function moods(page, receiver, roll, hung, life) {
  return () => {
    const { init, batch } = page.requests.at(-1);
    const taken = () => receiver.take(init.body);
    receiver.requests++;
    const mood = life.calm ? 0 : roll(8);
    if (mood == 3 && !receiver.batches.has(`${batch.p} ${batch.n}`)) return { status: 403 };
    if (mood == 4) return { status: 429, headers: { "retry-after": String(1 + roll(20)) } };
    if (mood == 5) return { status: 503 };
    if (mood == 6) return roll(2) && taken(), new TypeError("no answer came");
    if (mood == 7) return new Promise((done) => hung.push(() => (taken(), done({}))));
    return taken(), {};
  };
}

async function step(page, roll, hung, life) {
  const what = roll(12);
  if (what < 4) {
    const burst = roll(8) ? 1 + roll(3) : 1 + roll(300);
    for (let i = 0; i < burst; i++) {
      const name = life.names && !roll(3) ? roll(life.names) : life.names++;
      page.fail(error(word(name), "f@https://h/a.js:1:2\n" + "x".repeat(roll(3) ? 10 : 3000)));
    }
    life.fired += burst;
  } else if (what < 7) await page.pass(roll(3) ? 1000 : roll(30000));
  else if (what == 7) await page.hide();
  else if (what == 8) await page.show();
  else if (what == 9) page.fire(["freeze", "pageshow"][roll(2)]);
  else hung.shift()?.();
  await page.settle();
}

async function live(seed) {
  const roll = dice(seed);
  const receiver = new Receiver();
  const life = { fired: 0, names: 0, calm: false };
  let stored = {};
  for (let pages = roll(3); pages >= 0; pages--) {
    const hung = [];
    const refuses = roll(3) == 0;
    const beacon = (body) => (life.calm || !refuses) && (receiver.take(body), true);
    const page = await open({ stored, beacon, wasm: roll(2) ? "core.wasm" : "forbidden" });
    page.answers.shift = moods(page, receiver, roll, hung, life);
    await page.start();
    for (let steps = 10 + roll(40); steps; steps--) await step(page, roll, hung, life);
    if (!pages) {
      life.calm = true;
      hung.forEach((answer) => answer());
      await page.show();
      for (let hours = 0; hours < 3; hours++) await page.pass(3600e3);
      assert.equal(page.timers(), 0, "nothing wakes a page that has nothing to say");
    }
    // Engines do not agree on what comes first.
    if (roll(2)) await page.hide();
    page.fire("pagehide");
    await page.hide();
    page.fire("freeze");
    await page.settle();
    page.close();
    stored = Object.fromEntries(page.store);
  }
  const { seen, told } = receiver.count();
  // A batch that was under way twice and refused twice is counted twice; never less than what happened.
  assert.ok(seen + told >= life.fired && seen <= life.fired, `${life.fired} happened, ${seen} came, ${told} were told as lost`);
  assert.ok(receiver.requests < 10 * life.fired + 99, `${receiver.requests} requests for ${life.fired} events`);
}

test("in a hundred and twenty lives of a tab nothing is lost in silence", async () => {
  for (let seed = 1; seed <= 120; seed++) await live(seed).catch((error) => assert.fail(`life ${seed}: ${error.message}`));
});
