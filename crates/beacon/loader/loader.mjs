// The beacon's loader: hooks the page, keeps its events, delivers them. What a secret is and which events are the same
// is for the WASM core to say; where the page forbids WASM, for the receiver. The wire is described in WIRE.md.
//
// Laws: nothing is thrown into the page; our own failures are never reported as the page's; no timer runs while there
// is nothing to send; whatever is lost is counted by its reason and reported with the next batch.
//
// Every visitor of every page loads this file: it is written so that little is left of it once it is minified.

const STORED = "ops-beacon"; // our one entry in sessionStorage: there only while the page is hidden or gone
const BATCH = 16384; // bytes of a batch: all scripts of a page share 64 KiB when it ends
const LINE = 32; // events in a batch, and batches that may wait
const ANSWER = 20480; // where in the core's memory its answer begins
const BURST = 9900; // milliseconds' worth of events of one kind that may come at once …
const REFILL = 100; // … when one in this time is right

let options, core, session, correlation, timer, handle;
let busy; // we are at work, or stopped: what happens now is none of the page's doing
let flying = 0; // requests under way
let events = []; // of this batch
let removed = {}; // rule → secrets removed from them
let lost = {}; // reason → events
let out = []; // batches not yet delivered
let number = 0; // of the next batch in this tab's session
let sockets = []; // the last transitions
let wait = 0; // no request before this time …
let tries = 0; // … after so many failures in a row
const due = []; // kind → when its next event would be right
const undo = []; // puts back what was replaced
const post = globalThis.fetch; // as it was: somebody may wrap it later and report our failures as errors

const now = () => performance.now() | 0;
const encoder = new TextEncoder();
const decode = (data) => new TextDecoder().decode(data);
const stringify = JSON.stringify;
const count = (sum, name, more = 1) => (sum[name] = (sum[name] || 0) + more);

// What `read` makes of something of the page's, which may throw or not be there.
const attempt = (read) => {
  try {
    return "" + read();
  } catch {
    return "";
  }
};

// Whatever the page can call is wrapped in this.
const safe = (work) => (value) => {
  if (busy) return;
  busy = 1;
  attempt(() => work(value));
  busy = 0;
};

// Listens on the way down, at the window: there everything comes by, a resource that failed to load too.
const listen = (type, work) => addEventListener(type, safe(work), true);

// Replaces `owner[name]`; on `stop` the original comes back unless somebody else has replaced ours since.
const wrap = (owner, name, handler) =>
  attempt(() => {
    const original = owner[name];
    const ours = (owner[name] = new Proxy(original, handler));
    undo.push(() => owner[name] == ours && (owner[name] = original));
  });

// ---- what happened

const stackOf = (value) => attempt(() => value.stack || "");
// A value in a few words. An object says what it is and what its keys are called, never what is in it.
const say = (value) =>
  attempt(() =>
    stackOf(value)
      ? value.name + ": " + value.message
      : Object(value) === value
        ? `[${value.constructor.name} ${Object.keys(value).slice(0, 9)}]`
        : String(value),
  ) || "?";

// The beginning of a text, without the word at its edge: half a secret is not recognised as one any more. A surrogate
// without its other half is no JSON to the receiver; encoding replaces it.
const begin = (text, most) =>
  decode(encoder.encode(text[most] ? text.slice(0, most).replace(/[^\n,;(){}<>]{0,128}$/, "") : text));

const add = (k, message, stack) => {
  let m = begin(message, 1024);
  let s = begin(stack, 4096);
  let r = begin(location.pathname, 256);
  let w = "" + sockets;
  let q = correlation;
  let h, rules;
  if (core) {
    const memory = new Uint8Array(core.memory.buffer, core.input());
    encoder.encodeInto([m, s, r, w, q, ""].join("\0"), memory);
    [m, s, r, w, q, h, rules] = decode(memory.subarray(ANSWER, ANSWER + core.clean(k))).split("\0");
  }
  const same = events.find((event) => event.k == k && event.h == h && (h || (event.m == m && event.s == s)));
  if (same) return same.c++;
  const t = now();
  const next = Math.max(t, due[k] || 0);
  if (next > t + BURST) return count(lost, "rate");
  due[k] = next + REFILL;
  rules?.replace(/\w+/g, (rule) => count(removed, rule));
  events.push({ k, t, r, w, q, m, s, h, c: 1, cut: message[1024] || stack[4096] ? true : undefined });
  if (events[LINE]) close();
  schedule();
};

// ---- batches

const loseBatch = (reason, { e, d }) => {
  e.map((event) => count(lost, reason, event.c));
  for (reason in d) count(lost, reason, d[reason]);
};

// Ends the batch; one that only reports losses is made if `always`.
const close = (always) => {
  if (events[0] || (always && stringify(lost)[2]))
    put({ v: 1, b: options.build, p: session, n: number++, core: core ? "wasm" : "js", e: events, d: lost, x: removed });
  events = [];
  lost = {};
  removed = {};
};

const halves = (batch) => {
  const half = batch.e.length >> 1;
  return [
    { ...batch, e: batch.e.slice(half) },
    { ...batch, e: batch.e.slice(0, half), n: number++, d: {}, x: {} },
  ];
};

// Puts a batch in line, in pieces that are small enough.
const put = (batch) => {
  if (batch.e[1] && encoder.encode(stringify(batch)).length > BATCH) halves(batch).map(put);
  else if (out.push(batch) > LINE) loseBatch("full", out.shift());
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

const send = async (batch, keepalive) => {
  flying++;
  let status, seconds;
  try {
    const answer = await post(options.url, { method: "POST", body: stringify(batch), keepalive, credentials: "omit" });
    seconds = +answer.headers.get("retry-after");
    status = answer.status;
  } catch {} // no network, or not allowed
  safe(() => {
    flying--;
    if (!status || status == 429 || status > 499) {
      wait = now() + Math.min(seconds || 2 ** Math.min(++tries, 6), 3600) * 1000;
      return tries < 9 && schedule();
    }
    tries = 0;
    out = out.filter((other) => other != batch);
    if (status == 413 && batch.e[1]) out.push(...halves(batch));
    else if (status > 399) loseBatch(status, batch);
    deliver();
  })();
};

// ---- delivery when the page ends, perhaps: `sendBeacon` in pieces, then `fetch`, then the tab's storage

const leave = () => {
  close(1);
  const line = wait > now() ? [] : out.splice(0);
  for (const batch of line) {
    const body = stringify(batch);
    if (attempt(() => navigator.sendBeacon(options.url, body)) != "true")
      if (batch.e[1] && body.length > BATCH / 2) line.push(...halves(batch));
      else {
        out.push(batch); // until an answer is there
        send(batch, true);
      }
  }
  sessionStorage.setItem(STORED, stringify([session, number, lost, out]));
};

// Seen again: what is stored would let a duplicated tab go on with our numbers.
const back = () => {
  if (tries) wait = tries = 0;
  deliver();
  sessionStorage.removeItem(STORED);
};

// ---- the page

const transition = (name) => (sockets = [...sockets, name].slice(-5));
const printed = safe((values) =>
  add(2, values.map(say).join(" "), values.map(stackOf).find((stack) => stack) || stackOf(Error())),
);

const hook = () => {
  wrap(console, "error", {
    apply(target, self, values) {
      target.apply(self, values);
      printed(values);
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
  listen("error", ({ error, message, filename, lineno, target }) => {
    if (message) add(0, stackOf(error) ? say(error) : message, stackOf(error) || `@${filename}:${lineno}`);
    else if (target.tagName) add(3, `load ${target.tagName} ${target.src || target.href}`, "");
  });
  listen("unhandledrejection", ({ reason, detail }) => {
    if (detail) reason = detail.reason;
    add(1, say(reason), stackOf(reason));
  });
  // Hidden is the last that a phone tells a page; only `pagehide` may come while it is still seen.
  "visibilitychange pagehide freeze pageshow online"
    .split(" ")
    .map((name) =>
      listen(name, ({ type }) => (type == "pagehide" || document.visibilityState == "hidden" ? leave() : back())),
    );
};

/**
 * Starts the beacon; a second call returns the one that runs.
 * @param {{url: string, wasm?: string, build?: string}} settings
 */
export const start = (settings) => {
  if (handle) return handle;
  options = settings;
  attempt(() => {
    const kept = JSON.parse(sessionStorage.getItem(STORED));
    if (kept[3].map) [session, number, lost, out] = kept;
  });
  session ||= Math.random().toString(36).slice(2);
  hook();
  safe(back)();
  attempt(() =>
    WebAssembly.instantiateStreaming(post(options.wasm)).then(
      safe(({ instance }) => {
        close(); // what came before goes as it is
        core = instance.exports;
      }),
      () => {}, // forbidden or missing: the receiver scrubs
    ),
  );
  return (handle = {
    /** The id of the command just sent: goes with the events that follow, until another or none is set. */
    correlate: (id) => (correlation = id && begin("" + id, 64)),
    /** Sends what there is and puts back what was replaced. */
    stop() {
      safe(leave)();
      clearTimeout(timer);
      undo.map((step) => step());
      busy = 1;
    },
  });
};

const tag = globalThis.document?.querySelector("script[data-url]");
if (tag) {
  const { url, key, build } = tag.dataset;
  start({ url: url + "?k=" + key, wasm: new URL("core.wasm", import.meta.url), build });
}
