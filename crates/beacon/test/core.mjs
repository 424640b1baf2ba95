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

export const loadCore = async () => (await WebAssembly.instantiate(bytes())).instance.exports;
