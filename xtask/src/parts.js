// How a part of the console arrives in a browser: its files are fetched at the same moment and put beside the main module, whose
// memory and table they use. Bundled with the bindings; below, `split` writes a line for each part.
import { initSync } from "./console.js";

const coming = new Map();

async function put(name) {
  await WebAssembly.instantiateStreaming(fetch(new URL(name, import.meta.url)), { m: initSync() });
}

// What did not come is asked for again the next time; what came is never put twice.
function once(name) {
  if (!coming.has(name)) {
    coming.set(name, put(name).catch((error) => {
      coming.delete(name);
      throw error;
    }));
  }
  return coming.get(name);
}

// What the main module calls: with a function of its own to be called back, and what to tell that function.
const part = (names) => async (callback, data) => {
  let there = 1;
  try {
    await Promise.all(names.map(once));
  } catch (error) {
    console.error(error);
    there = 0;
  }
  initSync().__indirect_function_table.get(callback)(data, there);
};

