// The beacon's loader: hooks the page, keeps its events, delivers them. What a secret is and which events are the same
// is for the WASM core to say; where the page forbids WASM, for the receiver. The wire is described in WIRE.md.
//
// Laws: nothing is thrown into the page; our own failures are never reported as the page's; no timer runs while there
// is nothing to send; whatever is lost is counted by its reason and reported with the next batch.
//
// Every visitor of every page loads this file: it is written so that little is left of it once it is minified.

const STORED = "ops-beacon"; // our one entry in sessionStorage: there only while the page is hidden or gone
const BATCH = 16384; // bytes of text the core takes, and bytes it makes of a batch
const EVENTS = 32; // different ones that are kept before they become a batch
const LINE = 9; // batches that may wait
const BURST = 9900; // milliseconds' worth of events of one kind that may come at once …
const REFILL = 100; // … when one in this time is right

let options, core, session, correlation, timer, handle;
let busy; // we are at work: what happens now is our own doing
let flying = 0; // requests under way
let events = []; // of this batch, as they came
let out = []; // batches not yet delivered, the oldest first
let lost = {}; // reason → events
let number = 0; // of the next batch in this tab's session
let sockets = []; // the last transitions
let wait = 0; // no request before this time …
let tries = 0; // … after so many failures in a row
let due = []; // kind → when its next event would be right
let undo = []; // puts back what was replaced
const post = globalThis.fetch; // as it was: somebody may wrap it later and report our failures as errors

const now = () => performance.now() | 0;
const stringify = JSON.stringify;

const lose = (reason, count = 1) => (lost[reason] = (lost[reason] || 0) + count);
const loseBatch = (reason, { e, d }) => {
  e.map((event) => lose(reason, event.c));
  for (reason in d) lose(reason, d[reason]);
};

// Whatever the page can call is wrapped in this.
const safe = (work) => (value) => {
  if (!busy)
    try {
      busy = 1;
      work(value);
    } catch {
      lose("core");
    } finally {
      busy = 0;
    }
};

// Listens on the way down, at the window: there everything comes by, a resource that failed to load too.
const listen = (type, work) => {
  work = safe(work);
  addEventListener(type, work, true);
  undo.push(() => removeEventListener(type, work, true));
};

// Replaces `owner[name]`; on `stop` the original comes back unless somebody else has replaced ours since.
const wrap = (owner, name, handler) =>
  text(() => {
    const original = owner[name];
    const ours = (owner[name] = new Proxy(original, handler));
    undo.push(() => owner[name] == ours && (owner[name] = original));
  });

// ---- what happened

// What `read` makes of something of the page's, which may throw or not be there.
const text = (read) => {
  try {
    return "" + read();
  } catch {
    return "";
  }
};
const stackOf = (value) => text(() => value.stack || "");
// A value in a few words. An object says what it is and what its keys are called, never what is in it.
const say = (value) =>
  text(() =>
    stackOf(value)
      ? value.name + ": " + value.message
      : Object(value) === value
        ? `[${value.constructor.name} ${Object.keys(value).slice(0, 9)}]`
        : String(value),
  ) || "?";

const add = (k, m, s) => {
  m = m.slice(0, 4096);
  s = s.slice(0, 8192);
  const same = events.find((event) => event.k == k && event.m == m && event.s == s);
  if (same) return same.c++;
  const t = now();
  const next = Math.max(t, due[k] || 0);
  if (next > t + BURST) return lose("rate");
  due[k] = next + REFILL;
  if (events.length >= EVENTS) close();
  events.push({ k, t, r: location.pathname, w: "" + sockets, q: correlation, m, s, c: 1 });
  schedule();
};

// ---- batches

const put = (batch) => {
  if (out.push(batch) > LINE) loseBatch("full", out.shift());
};

// Puts events in line as a batch; without any, only if losses are to be reported now.
const batch = ({ e, x }, always) => {
  if (e[0] || (always && stringify(lost)[2])) {
    put({ v: 1, b: options.build || "", p: session, n: number++, core: core ? "wasm" : "js", e, d: lost, x });
    lost = {};
  }
};

// What the core has made of the events it was given.
const read = () => {
  const length = core.close();
  return JSON.parse(new TextDecoder().decode(new Uint8Array(core.memory.buffer, core.input() + BATCH, length)));
};

const feed = ({ r, w, q, m, s, k, t, c }) =>
  core.event(
    new TextEncoder().encodeInto([r, w, q, m, s].join("\0"), new Uint8Array(core.memory.buffer, core.input(), BATCH))
      .written,
    k,
    t,
    c,
  );

const close = (always) => {
  const raw = events;
  events = [];
  if (core) {
    raw.map((event) => feed(event) || (batch(read()), feed(event)));
    batch(read(), always);
  } else
    do {
      // Lone surrogates are no JSON to the receiver; encoding replaces them.
      const clean = (s, most) => new TextDecoder().decode(new TextEncoder().encode(s.slice(0, most)));
      const e = raw.splice(0, 3).map((event) => ({
        ...event,
        m: clean(event.m, 1024),
        s: clean(event.s, 4096),
        cut: event.m.length > 1024 || event.s.length > 4096 || undefined,
      }));
      batch({ e }, always);
    } while (raw[0]);
};

const halves = (whole) => {
  const half = whole.e.length >> 1;
  return [
    { ...whole, e: whole.e.slice(0, half) },
    { ...whole, e: whole.e.slice(half), n: number++, d: {}, x: {} },
  ];
};

// ---- delivery while the page lives: `fetch`, because its answer can be read

const schedule = () => {
  timer ||= setTimeout(turn, Math.max(1000, wait - now()));
};

const turn = safe(() => {
  timer = 0;
  close();
  deliver();
});

const deliver = () => {
  if (out[0] && !flying) wait > now() ? schedule() : send(out[0], !tries); // the quota for keepalive may be what failed
};

const send = async (whole, keepalive) => {
  flying++;
  let answer;
  try {
    answer = await post(options.url, { method: "POST", body: stringify(whole), keepalive, credentials: "omit" });
  } catch {} // no network, or not allowed
  safe(() => settled(whole, answer?.status, answer?.headers.get("retry-after")))();
};

const settled = (whole, status = 599, seconds) => {
  flying--;
  if (status == 429 || status > 499) {
    if (status > 429) seconds = 2 ** Math.min(++tries, 6);
    wait = now() + Math.min(seconds || 60, 3600) * 1000 || now() + 6e4;
    if (tries < 9) schedule();
    return;
  }
  tries = 0;
  out = out.filter((other) => other != whole);
  if (status == 413 && whole.e[1]) out.unshift(...halves(whole));
  else if (status > 399) loseBatch(status == 413 ? "size" : "http", whole);
  deliver();
};

// ---- delivery when the page ends, perhaps: `sendBeacon` in pieces, then `fetch`, then the tab's storage

const leave = () => {
  close(1);
  const line = out;
  out = [];
  for (let whole; (whole = line.shift()); ) {
    const body = stringify(whole);
    if (wait > now()) put(whole);
    else if (text(() => navigator.sendBeacon(options.url, body)) != "true") {
      if (whole.e[1] && body.length > BATCH / 2) line.unshift(...halves(whole));
      else {
        put(whole); // until the answer is there
        send(whole, true);
      }
    }
  }
  let kept;
  while ((kept = stringify([session, number, lost, out])).length > BATCH * 2) loseBatch("store", out.shift());
  text(() => sessionStorage.setItem(STORED, kept));
};

// Seen again: what is stored would let a duplicated tab go on with our numbers.
const back = () => {
  text(() => sessionStorage.removeItem(STORED));
  if (tries) wait = tries = 0;
  deliver();
};

// ---- the page

const console_error = safe((values) =>
  add(2, values.map(say).join(" "), values.map(stackOf).find((stack) => stack) || stackOf(Error())),
);
const transition = (name) => (sockets = [...sockets, name].slice(-5));

const hook = () => {
  wrap(console, "error", {
    apply(target, self, values) {
      Reflect.apply(target, self, values);
      console_error(values);
    },
  });
  wrap(globalThis, "WebSocket", {
    construct(...values) {
      const socket = Reflect.construct(...values);
      transition("c");
      socket.addEventListener("open", () => transition("o"));
      socket.addEventListener("close", (event) => transition("x" + event.code));
      return socket;
    },
  });
  listen("error", ({ error, message, filename, lineno, colno, target }) => {
    if (message) add(0, stackOf(error) ? say(error) : message, stackOf(error) || `@${filename}:${lineno}:${colno}`);
    else if (target.tagName) add(3, `load ${target.tagName} ${target.src || target.href}`, "");
  });
  listen("unhandledrejection", ({ reason, detail }) => {
    reason ??= detail?.reason;
    add(1, say(reason), stackOf(reason));
  });
  listen("visibilitychange", () => (document.visibilityState == "hidden" ? leave() : back()));
  listen("pagehide", leave);
  listen("freeze", leave);
  listen("pageshow", back);
  listen("online", back);
};

/**
 * Starts the beacon; a second call returns the one that runs.
 * @param {{url: string, wasm?: string, build?: string}} settings
 */
export const start = (settings) => {
  if (handle) return handle;
  options = settings;
  text(() => ([session, number, lost, out] = JSON.parse(sessionStorage.getItem(STORED))));
  session ||= Math.random().toString(36).slice(2);
  hook();
  back();
  (async () => {
    try {
      core = (await WebAssembly.instantiate(await (await post(options.wasm)).arrayBuffer())).instance.exports;
    } catch {} // forbidden or missing: the receiver scrubs
  })();
  return (handle = {
    /** The id of the command just sent: goes with the events that follow, until another or none is set. */
    correlate: (id) => (correlation = id ? String(id).slice(0, 64) : undefined),
    /** Sends what there is and takes every hook out again. */
    stop() {
      safe(leave)();
      clearTimeout(timer);
      undo.map((step) => step());
      undo = [];
      timer = handle = 0;
    },
  });
};

const tag = globalThis.document?.querySelector("script[data-url]");
if (tag) {
  const { url, key, build, wasm = new URL("core.wasm", import.meta.url) } = tag.dataset;
  start({ url: key ? url + "?k=" + key : url, wasm, build });
}
