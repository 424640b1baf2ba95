// The beacon's loader: hooks the page, keeps its events, delivers them. What a secret is and which events are the same
// is for the WASM core to say; where the page forbids WASM, for the receiver. The wire is described in WIRE.md.
//
// Laws: nothing is thrown into the page; our own failures are never reported as the page's; no timer runs while there
// is nothing to send, but one each time the page is seen again; whatever is lost is counted by its reason and reported with the next batch.
//
// Every visitor of every page loads this file: it is written so that little is left of it once it is minified and compressed, down to the
// order of what is declared.

const BATCH = 8000; // bytes of a batch, about: all scripts of a page share 64 KiB when it ends, and what is small finds room
const LINE = 32; // batches that may wait
const QUESTION = 10000; // where in the core's memory the raw texts go …
const ANSWER = 30000; // … and where its answer begins
const NOTES = 254; // events that are kept as they came, at most
const BURST = 10000; // milliseconds' worth of events of one kind that may come at once …
const REFILL = 100; // … when one in this time is right
const REST = 10000; // milliseconds without a request after one was refused

let lost = {}; // reason → events
const undo = []; // puts back what was replaced
const due = []; // kind → when its next event would be right
let options, session, handle, correlation, core, memory;
let notes = []; // each reads what happened, once
let number; // of the next batch in this tab's session
let tries = 0; // failures in a row
let out = []; // batches not yet delivered
let wait = 0; // no request before this time
let busy; // we are at work, or stopped: what happens now is none of the page's doing
let sockets = []; // the last transitions
let events = []; // of the batch that is being filled
let size = 0; // bytes of the batch, about; none when there is nothing to say
let flying = 0; // a request is under way
let gone = 1; // what the tab keeps is not ours
const post = fetch; // as it was: somebody may wrap it later and report our failures as errors

const stringify = JSON.stringify;
const now = () => performance.now();
// What was lost is something to send as well.
const lose = (reason, more = 1) => ((size ||= 1), (lost[reason] = (lost[reason] | 0) + more));

// Whatever the page can call is wrapped in this.
const safe = (work) => (value) => {
  if (busy) return;
  busy = 1;
  attempt(() => work(value));
  busy = 0;
};

// Replaces `owner[name]`; on `stop` the original comes back unless somebody else has replaced ours since.
const wrap = (owner, name, handler) =>
  attempt(() => {
    const original = owner[name];
    const ours = (owner[name] = new Proxy(original, handler));
    undo.push(() => owner[name] == ours && (owner[name] = original));
  });

// What `read` makes of something of the page's, which may throw or not be there. One of many (`map` gives it its place) is an event, and
// lost with it.
const attempt = (read, nth) => {
  try {
    return read();
  } catch {
    if (nth + 1) lose("read");
  }
};

// ---- what happened

// Keeps what happened as it is: the page goes on at once, and what it said is read when it has time.
const add = (k, values, other) => {
  const rest = [sockets, correlation, ""];
  // The page's history may change before this is read, and its path costs more than an event may. A page may also have a `URL` of its own.
  const url = document.URL;
  const read = () => {
    const message = values.map(say).join(" ");
    const stack = [...values, other].map(stackOf).find((stack) => stack?.trim) || ""; // what is no text may have none
    // The line has to fit into what a page may send when it ends: where much waits already, a stack says what groups it
    // and not all of the way.
    const most = out[2] ? 1024 : 4096;
    // Through bytes also without the core: a surrogate without its other half is no JSON to the receiver.
    let bytes = new TextEncoder().encode([begin(message, 1024), begin(stack, most), attempt(() => begin(new URL(url).pathname, 256)), ...rest].join("\0"));
    if (core) {
      memory.set(bytes, QUESTION);
      bytes = memory.subarray(ANSWER, core.c(k));
    }
    const [m, s, r, w, q, h, x] = new TextDecoder().decode(bytes).split("\0");
    const t = now();
    const same = h || [k, m, s]; // the events are also properties of their list under this name, which is never a number
    if (events[same]) events[same].c++;
    else if (due[k] > t + BURST) lose("rate");
    else if (out[LINE]) lose("full");
    else {
      due[k] = (due[k] > t ? due[k] : t) + REFILL;
      events.push((events[same] = { c: 1, k, cut: !!(stack[most] || message[1024]), m, s, r, w, q, h, x }));
      if ((size += bytes.length + 99) > BATCH) close();
    }
  };
  // The first asks for a turn, which reads them all; where many come at once, others for an earlier one.
  if (notes.push(read) % 199 == 1) setTimeout(turn, 1000 / notes.length);
  if (notes[NOTES]) notes.splice(0).map(attempt);
};

// The beginning of a text. A blank takes the place of the word at its edge, for half a secret is not recognised as one any more, and of
// every NUL, for one ends a field.
const begin = (text, most) => text.slice(0, most).replace(text[most] ? /[^\n,;()]{1,128}$|\0/g : /\0/g, " ");

const stackOf = (value) => attempt(() => value.stack);
// A value in a few words. An object says what it is and what its keys are called, never what is in it.
const say = (value) =>
  attempt(() =>
    stackOf(value) != null || value !== Object(value) ? String(value) : value.constructor.name + " " + Object.keys(value).slice(0, 9),
  );

// ---- batches

// Ends the batch, which may hold nothing but what was lost. No turn is asked for because of that: it goes with the next one or with the page.
const close = () => {
  notes.splice(0).map(attempt);
  if (size) {
    out.push({ n: number++, e: events, d: lost, p: session, b: options.build });
    events = [];
    size = 0;
    lost = {};
  }
};

// ---- delivery while the page lives: `fetch`, because its answer can be read

const deliver = () => {
  notes.splice(0).map(attempt);
  // While a request is under way, or the receiver wants to be left alone, the batch grows.
  if (!flying) {
    if (!out[0]) close();
    if (out[0]) send(out[0]);
  }
};

const turn = safe(deliver);

const send = (batch) => {
  if (now() < wait) return;
  if (document.hidden) keep();
  // After a failure without keepalive: its quota may be what failed.
  post(options.url, { method: "POST", body: stringify(batch), keepalive: !tries })
    .catch(now) // no network, or not allowed: a number, which has no status
    .then(
      safe(({ status, headers } = 0) => {
        flying = 0;
        if (status == 429 || !(status < 500)) {
          const pause = 1000 * (headers?.get("retry-after") >>> 0 || 9 * ++tries); // what is below zero is beyond this page's life
          wait = now() + pause;
          setTimeout(turn, pause + 99); // clocks of pages are coarse
        } else {
          out = out.filter((other) => other != batch);
          tries = 0;
          // The first half keeps the number and what the batch reports of the page.
          if (status == 413 && batch.e[1]) out.push(batch, { ...batch, n: number++, e: batch.e.splice(batch.e.length / 2), d: {} });
          else if (status >= 400) {
            wait = now() + REST; // somebody may write of this to the console, which would be the next to be refused
            batch.e.map((event) => lose(status, event.c));
            for (const reason in batch.d) lose(reason, batch.d[reason]);
          }
          if (out[0]) send(out[0]);
          else if (events[0]) setTimeout(turn, 1000);
        }
      }),
    );
  flying = 1;
};

// ---- delivery when the page ends, perhaps: `sendBeacon`, then `fetch`, and the tab's storage until an answer is there

const leave = () => {
  if (gone) return;
  close();
  out = out.filter((batch) => now() < wait || !attempt(() => navigator.sendBeacon(options.url, stringify(batch))));
  out.map(send);
  keep();
};

// Seen, for the first time or again. What is stored would let a duplicated tab go on with our numbers.
const back = safe(() => {
  if (gone) {
    gone = session = number = 0;
    attempt(() => {
      const kept = JSON.parse(sessionStorage[options.url]);
      kept[2].map(stackOf); // throws where the text is not ours, before anything is taken from it
      [session, number, out] = kept;
    });
    session ||= ("" + Math.random()).slice(2);
  }
  attempt(() => delete sessionStorage[options.url]);
  deliver();
});

// For the next page of this tab, where it may store: what is not answered yet, and the number to go on with. What was lost since is told by
// this page: a batch made of it here would be refused and made again without end where a key is refused.
const keep = () => attempt(() => (sessionStorage[options.url] = stringify([session, number, out])));

// ---- the page

const transition = (name) => (sockets = sockets.concat(name).slice(-5));

// What the page's window tells us.
const heard = {
  freeze: leave,
  error(event) {
    if (event.message) add(0, [event.error || event.message], { stack: "@" + event.filename + ":" + event.lineno });
    else add(3, [event.target.tagName, event.target.src || event.target.href]);
  },
  unhandledrejection: (event) => add(1, [(event.detail || event).reason]),
  // Hidden is the last that a phone tells a page; only `pagehide` may come while it is still seen.
  // A page that comes back is told so before the one that goes is told that it does, and keeps something.
  visibilitychange() {
    if (document.hidden) leave();
    else setTimeout(back, 99);
  },
  // Now another page of the tab goes on with what is kept, and this one, should it come back, with what that page keeps.
  pagehide() {
    leave();
    gone = 1;
  },
};

/**
 * Starts the beacon; a second call returns the one that runs.
 * @param {{url: string, wasm?: string, build?: string}} settings
 */
export const start = (settings) => {
  if (handle) return handle;
  options = settings;
  wrap(console, "error", {
    apply(target, self, values) {
      target.apply(self, values);
      safe(() => add(2, values, Error()))();
    },
  });
  wrap(window, "WebSocket", {
    construct(...values) {
      const socket = Reflect.construct(...values);
      transition("c");
      attempt(() => {
        socket.addEventListener("open", () => transition("o"));
        socket.addEventListener("close", (event) => transition("x" + event.code));
      });
      return socket;
    },
  });
  // Listens on the way down, at the window: there everything comes by, a resource that failed to load too.
  for (const type in heard) addEventListener(type, safe(heard[type]), true);
  back();
  attempt(() =>
    options.wasm && WebAssembly.instantiateStreaming(post(options.wasm)).then(
      safe(({ instance }) => {
        core = instance.exports;
        memory = new Uint8Array(core.m.buffer);
        core.c(0); // now, so that the engine need not compile it in the middle of somebody's work
      }),
      attempt, // forbidden or missing: the receiver scrubs
    ),
  );
  return (handle = {
    /** Sends what there is and puts back what was replaced. */
    stop() {
      safe(leave)();
      busy = 1;
      undo.map(attempt);
    },
    /** The id of the command just sent: goes with the events that follow, until another or none is set. */
    correlate: (id) => (correlation = id && attempt(() => begin(say(id), 64))),
  });
};

attempt(() => {
  start({ wasm: new URL("core.wasm", import.meta.url), ...document.querySelector("script[data-url]").dataset });
});
