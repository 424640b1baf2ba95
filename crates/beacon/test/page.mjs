// A small page for the loader's tests: window events, clock, storage, network and console, all under the test's hand.
// No tests in here, and no opinion on what the loader should do.
import { test } from "node:test";
import { bytes } from "./core.mjs";

let copies = 0;

/** Where pages report to here; what a tab keeps has the same name. */
export const URL_OF_REPORTS = "/api/ops/frontend-log?k=K";

/** A fresh page with a fresh copy of the loader in it. `stored` is what the tab kept from the page before. */
export async function open({ answers = [], beacon = () => true, wasm = "core.wasm", stored = {}, frozen = false, tag, early = () => {} } = {}) {
  const target = new EventTarget();
  const timers = new Map();
  let asked = 0;
  const page = {
    requests: [], files: [], beacons: [], printed: [], store: new Map(Object.entries(stored)), time: 100,
    visibility: "visible", answers, sockets: [],
  };
  const response = ({ status = 204, headers = {} } = {}) => ({ status, headers: new Headers(headers) });
  const { WebAssembly } = globalThis;
  const globals = {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    document: { URL: "https://h/plans/7?as=7#top", get hidden() { return page.visibility == "hidden"; }, querySelector: () => tag ?? null },
    window: globalThis,
    performance: { now: () => page.time },
    navigator: { sendBeacon: (url, body) => { const taken = beacon(body, page); if (taken) page.beacons.push(JSON.parse(body)); return taken; } },
    sessionStorage: new Proxy({}, {
      get: (_, key) => page.store.get(key),
      set: (_, key, value) => page.store.set(key, value),
      deleteProperty: (_, key) => (page.store.delete(key), true),
    }),
    setTimeout: (work, delay) => { timers.set(++asked, [page.time + delay, work]); return asked; },
    clearTimeout: (id) => void timers.delete(id),
    fetch: async (url, init) => {
      if (!init) {
        page.files.push(url);
        if (wasm === "forbidden") return new Response("no such file", { status: 404 });
        return new Response(bytes(), { headers: { "content-type": "application/wasm" } });
      }
      page.requests.push({ url, init, batch: JSON.parse(init.body) });
      const answer = await page.answers.shift();
      if (answer instanceof Error) throw answer;
      if (answer && "thrown" in answer) throw answer.thrown;
      if (answer?.nothing) return undefined;
      return response(answer);
    },
    WebAssembly: Object.assign(Object.create(WebAssembly), {
      instantiateStreaming: (source) => (page.ready = WebAssembly.instantiateStreaming(source)),
    }),
    console: frozen ? Object.freeze({ error() {} }) : { error: (...values) => void page.printed.push(values) },
    WebSocket: class extends EventTarget {
      static OPEN = 1;
      constructor(url) {
        super();
        if (url === "bad:") throw new SyntaxError("bad url");
        page.sockets.push(this);
      }
    },
  };
  const before = Object.fromEntries(Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

  page.globals = globals;
  page.error = globals.console.error; // as it was before the loader came
  page.loader = await import(`../loader/loader.mjs?copy=${++copies}`);
  page.fire = (type, properties = {}) => {
    const event = new Event(type);
    for (const [name, value] of Object.entries(properties)) Object.defineProperty(event, name, { value });
    target.dispatchEvent(event);
  };
  page.fail = (error) => page.fire("error", { error, message: `Uncaught ${error}`, filename: "https://h/a.js", lineno: 1, colno: 2 });
  page.settle = async () => { for (let i = 0; i < 20; i++) await null; await new Promise((done) => setImmediate(done)); };
  page.pass = async (milliseconds) => {
    page.time += milliseconds;
    for (const [id, [at, work]] of [...timers]) if (at <= page.time) { timers.delete(id); work(); }
    await page.settle();
  };
  page.timers = () => timers.size;
  page.hide = async () => { page.visibility = "hidden"; page.fire("visibilitychange"); await page.settle(); };
  page.show = async () => { page.visibility = "visible"; page.fire("visibilitychange"); await page.pass(99); };
  page.start = async (more = {}) => {
    page.beacon = page.loader.start({ url: URL_OF_REPORTS, wasm: "/beacon/core.wasm", build: "b1", ...more });
    early(page);
    await page.ready?.catch(() => {});
    await page.settle();
    return page;
  };
  page.close = () => {
    for (const [name, descriptor] of Object.entries(before)) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  };
  return page;
}

/** Runs `work` in a page with a started beacon and puts the globals back. */
export const inPage = (name, options, work) =>
  test(name, async () => {
    const page = await open(options);
    try {
      if (!options.tag) await page.start();
      await work(page);
    } finally {
      page.close();
    }
  });
export const sent = (page) => page.requests.flatMap(({ batch }) => batch.e);
export const error = (message, stack = "f@https://h/a.js:1:2") => Object.assign(new Error(message), { stack });
