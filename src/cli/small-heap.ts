import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_MS = 5_000;
/** Share of one processor above which the process is at work. */
const BUSY = 0.1;
/** A minute. */
const LOOKS_BETWEEN = 12;

/** How often the young generation of a process that works on jobs is looked at. */
const YOUNG_LOOK_MS = 250;
const MIB = 1024 * 1024;

/** Collects garbage; `last-resort` also hands back the pages that V8 keeps for later, and drops code not in use. */
type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'regular' | 'last-resort';
}) => void;

/**
 * A service waits on networks most of its life: V8's defaults let garbage pile up to several times the memory in use
 * and do not give it back while nothing happens. Here it grows by half at most, what a sweep leaves is collected once
 * after it, and every minute at rest the system gets its pages back (ADR 0005). `works`: it takes jobs, whose garbage is
 * young, and gets 8 MB a half for it while it does.
 */
export function keepHeapSmall({ works }: { readonly works: boolean }): void {
  setFlagsFromString(`--semi-space-growth-factor=${works ? youngGrowth(0) : 1}`);
  if (works) setInterval(boundYoung, YOUNG_LOOK_MS).unref();
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (!isCollect(collect)) return;
  const look = createRestWatch();
  let before = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    const due = look((user + system) / (LOOK_MS * 1_000));
    if (due === null) return;
    const flavor = due === 'thorough' ? 'last-resort' : 'regular';
    collect({ type: 'major', execution: 'sync', flavor });
  }, LOOK_MS);
  timer.unref();
}

/** V8 would go on doubling; a thorough collection takes it back to the beginning, from where it may grow again. */
function boundYoung(): void {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  if (young === undefined) return;
  const capacity = young.space_used_size + young.space_available_size;
  setFlagsFromString(`--semi-space-growth-factor=${youngGrowth(capacity)}`);
}

/** By what the young generation may grow at its next step: it doubles from 1 MB until a half has 8 MB, then no more. */
export function youngGrowth(capacityBytes: number): 1 | 2 {
  // V8 counts a little less than whole megabytes.
  return capacityBytes > 7 * MIB ? 1 : 2;
}

function isCollect(value: unknown): value is Collect {
  return typeof value === 'function';
}

/** How to collect now: once after work, and thoroughly every minute, but never in the middle of work. */
export type Due = 'quick' | 'thorough' | null;

/**
 * Says at each look how to collect, by the share of a processor used since the last one. A process that is never at work,
 * such as a scheduler or any on a machine short of time, piles up garbage all the same, only slowly.
 */
export function createRestWatch(): (share: number) => Due {
  let looks = 0;
  let wasBusy = true;
  return (share) => {
    const isBusy = share > BUSY;
    const rested = wasBusy && !isBusy;
    wasBusy = isBusy;
    looks += 1;
    if (isBusy) return null;
    if (looks <= LOOKS_BETWEEN) return rested ? 'quick' : null;
    looks = 0;
    return 'thorough';
  };
}
