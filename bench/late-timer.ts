/** Loaded with `--import` into the process to measure: once a second how late a 10 ms timer was at the most, and by what. */
import { readFileSync, writeSync } from 'node:fs';

const EVERY_MS = 10;
const TELL_MS = 1_000;

interface Spent {
  /** What this thread worked. */
  readonly busyMs: number;
  /** How long it was ready to and had no processor. */
  readonly waitedMs: number;
}

let last = performance.now();
let before = spent();
let worst = { lateMs: 0, busyMs: 0, waitedMs: 0 };
let ticks = 0;
let toldAt = last;

setInterval(() => {
  const now = performance.now();
  const after = spent();
  const lateMs = now - last - EVERY_MS;
  if (lateMs > worst.lateMs) {
    worst = {
      lateMs,
      busyMs: after.busyMs - before.busyMs,
      waitedMs: after.waitedMs - before.waitedMs,
    };
  }
  ticks += 1;
  last = now;
  before = after;
  if (now - toldAt < TELL_MS) return;
  writeSync(1, `${JSON.stringify({ timer: { ...worst, ticks, at: now } })}\n`);
  worst = { lateMs: 0, busyMs: 0, waitedMs: 0 };
  ticks = 0;
  toldAt = now;
}, EVERY_MS).unref();

/** Of the main thread, as Linux counts it. */
function spent(): Spent {
  const [busy = 0, waited = 0] = readFileSync('/proc/self/schedstat', 'utf8')
    .split(' ')
    .map(Number);
  return { busyMs: busy / 1e6, waitedMs: waited / 1e6 };
}
