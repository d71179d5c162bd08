import { setFlagsFromString } from 'node:v8';

/**
 * To be called before PGlite is loaded. The optimizing compiler takes 600 MB for one function of it (V8 13.6), more than
 * everything else in the process together, and seconds of a second core; without it the queue is fast enough.
 */
export function compileWasmSparingly(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}
