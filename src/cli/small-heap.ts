import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_MS = 5_000;
/** Share of one processor above which the process is at work. */
const BUSY = 0.1;

/**
 * A service waits on networks most of its life: V8's defaults let garbage pile up to several times the memory in use
 * and do not give it back while nothing happens. Here it grows by half at most, and what a sweep leaves is collected
 * once after it (ADR 0005).
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') onRest(() => void collect());
}

/** Calls back each time the process comes to rest after work. */
function onRest(rested: () => void): void {
  let before = process.cpuUsage();
  let wasBusy = true;
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    const isBusy = (user + system) / (LOOK_MS * 1_000) > BUSY;
    if (wasBusy && !isBusy) rested();
    wasBusy = isBusy;
  }, LOOK_MS);
  timer.unref();
}
