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
const hooks = new AbortController(); // takes the listeners out
const post = globalThis.fetch; // as it was: somebody may wrap it later and report our failures as errors

const now = () => performance.now();
// The beginning of a text. A surrogate without its other half is no JSON to the receiver; encoding replaces it.
const whole = (s, most) => new TextDecoder().decode(new TextEncoder().encode(s.slice(0, most)));
const stringify = JSON.stringify;

const lose = (reason, count = 1) => (lost[reason] = (lost[reason] || 0) + count);
const loseBatch = (reason, { e, d }) => {
  e.map((event) => lose(reason, event.c));
  for (reason in d) lose(reason, d[reason]);
};

// Whatever the page can call is wrapped in this.
const safe = (work) => (value) => {
  if (busy) return;
  busy = 1;
  try {
    work(value);
  } catch {
    lose("core");
  }
  busy = 0;
};

// Listens on the way down, at the window: there everything comes by, a resource that failed to load too.
const listen = (work, ...types) =>
  types.map((type) => addEventListener(type, safe(work), { capture: true, signal: hooks.signal }));

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

const add = (k, message, stack) => {
  const m = whole(message, 2048);
  const s = whole(stack, 4096);
  const same = events.find((event) => event.k == k && event.m == m && event.s == s);
  if (same) return same.c++;
  const t = performance.now() | 0;
  const next = Math.max(t, due[k] || 0);
  if (next > t + BURST) return lose("rate");
  due[k] = next + REFILL;
  if (events[EVENTS]) close();
  const cut = message[2048] || stack[4096] ? true : undefined;
  events.push({ k, t, r: location.pathname, w: "" + sockets, q: correlation, m, s, c: 1, cut });
  schedule();
};

// ---- batches

// Puts events in line as a batch; without any, only if losses are to be reported now.
const batch = ({ e, x }, always) => {
  if (e[0] || (always && stringify(lost)[2])) {
    out.push({ v: 1, b: options.build || "", p: session, n: number++, core: core ? "wasm" : "js", e, d: lost, x });
    lost = {};
    if (out[LINE]) loseBatch("full", out.shift());
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
  if (core) raw.map((event) => feed(event) || (batch(read()), feed(event)));
  else while (raw[8]) batch({ e: raw.splice(0, 8) });
  batch(core ? read() : { e: raw }, always);
};

const halves = (sent) => {
  const e = [...sent.e];
  return [
    { ...sent, e: e.splice(0, e.length / 2) },
    { ...sent, e, n: number++, d: {}, x: {} },
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

const send = async (sent, keepalive) => {
  flying++;
  let answer;
  try {
    answer = await post(options.url, { method: "POST", body: stringify(sent), keepalive, credentials: "omit" });
  } catch {} // no network, or not allowed
  safe(() => settled(sent, answer ? answer.status : 599, +answer?.headers.get("retry-after")))();
};

const settled = (sent, status, seconds) => {
  flying--;
  if (status == 429 || status > 499) {
    wait = now() + Math.min(seconds || 2 ** Math.min(++tries, 6), 3600) * 1000;
    if (tries < 9) schedule();
    return;
  }
  tries = 0;
  out = out.filter((other) => other != sent);
  if (status == 413 && sent.e[1]) out.unshift(...halves(sent));
  else if (status > 399) loseBatch(status == 413 ? "size" : "http", sent);
  deliver();
};

// ---- delivery when the page ends, perhaps: `sendBeacon` in pieces, then `fetch`, then the tab's storage

const leave = () => {
  close(1);
  const line = out;
  out = [];
  for (let sent; (sent = line.shift()); ) {
    const body = stringify(sent);
    const later = wait > now();
    if (!later && text(() => navigator.sendBeacon(options.url, body)) == "true") continue;
    if (!later && sent.e[1] && body.length > BATCH / 2) line.unshift(...halves(sent));
    else {
      out.push(sent); // until an answer is there
      if (!later) send(sent, true);
    }
  }
  text(() => sessionStorage.setItem(STORED, stringify([session, number, lost, out])));
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
  listen(({ error, message, filename, lineno, colno, target }) => {
    if (message) add(0, stackOf(error) ? say(error) : message, stackOf(error) || `@${filename}:${lineno}:${colno}`);
    else if (target.tagName) add(3, `load ${target.tagName} ${target.src || target.href}`, "");
  }, "error");
  listen(({ reason, detail }) => {
    reason ??= detail?.reason;
    add(1, say(reason), stackOf(reason));
  }, "unhandledrejection");
  listen(() => (document.visibilityState == "hidden" ? leave() : back()), "visibilitychange");
  listen(leave, "pagehide", "freeze");
  listen(back, "pageshow", "online");
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
      hooks.abort();
      undo.map((step) => step());
    },
  });
};

const tag = globalThis.document?.querySelector("script[data-url]");
if (tag) {
  const { url, key, build, wasm = new URL("core.wasm", import.meta.url) } = tag.dataset;
  start({ url: key ? url + "?k=" + key : url, wasm, build });
}
