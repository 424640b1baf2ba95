// Finds and starts the built WASM core for the tests. No tests in here.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../target", import.meta.url));
export const path = process.env.BEACON_WASM ?? `${target}/wasm32-unknown-unknown/wasm/beacon.wasm`;

export const bytes = () => {
  if (!existsSync(path)) {
    throw new Error(
      `The beacon's core is not at ${path}: build it with "cargo build -p beacon --profile wasm --target wasm32-unknown-unknown", or name it in BEACON_WASM.`,
    );
  }
  return readFileSync(path);
};

/** The core with its memory from the input on, and the length of an answer instead of its end. */
export const loadCore = async () => {
  const { m: memory, c, __heap_base: tables } = (await WebAssembly.instantiate(bytes())).instance.exports;
  if (tables.value > 10000) throw new Error(`stack and tables end at ${tables.value}: the input overwrites them`);
  return { memory, input: () => 10000, clean: (kind) => c(kind) - 30000 };
};
