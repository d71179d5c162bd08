import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_MS = 5_000;
/** Share of one processor above which the process is at work. */
const BUSY = 0.1;
/** A minute. */
const LOOKS_BETWEEN = 12;

/**
 * MB of one half of the young generation. At V8's first size, 1 MB, what passes under way hold survives collections that
 * come every few milliseconds, and collecting it takes a third of all processor time (ADR 0005).
 */
const YOUNG_MB = 16;
/** While passes come fast: twice as many of them end before each collection, which then has half as much to copy. */
const FAST_YOUNG_MB = 32;
/** Passes a second; one that lists a large registry needs the memory for itself. */
const FAST = 500;
const MOST_TRIES = 100;

/** By how many percent the heap may grow between two thorough collections: always, and while a sweep is read. */
const GROWTH = 10;
const SWEEP_GROWTH = 200;

/** Lets the heap have more room for a while. */
export interface HeapRoom {
  /** Until disposed of. Pages of a sweep live just long enough to be kept, and collecting them took a third of its time. */
  forSweep(): Disposable;
  /** Counts a pass that has ended. */
  passed(): void;
}

/** Collects garbage; `last-resort` also hands back the pages that V8 keeps for later, and drops code not in use. */
type Collect = (options: {
  readonly type: 'major' | 'minor';
  readonly execution: 'sync';
  readonly flavor?: 'regular' | 'last-resort';
}) => void;

/**
 * A service waits on networks most of its life: V8's defaults let garbage pile up to several times the memory in use
 * and do not give it back while nothing happens. Here it grows by a tenth and a young generation at most, what a sweep
 * leaves is collected once after it, and every minute at rest the system gets its pages back (ADR 0005). `works`: it takes jobs, whose garbage is
 * young, and gets more room for it.
 */
export function keepHeapSmall({ works }: { readonly works: boolean }): HeapRoom {
  if (!works) setFlagsFromString('--semi-space-growth-factor=1');
  const forSweep = createRoom();
  let passes = 0;
  const takePasses = (): number => {
    const taken = passes;
    passes = 0;
    return taken;
  };
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (isCollect(collect)) watchRest(collect, works, takePasses);
  return {
    forSweep,
    passed() {
      passes += 1;
    },
  };
}

function createRoom(): HeapRoom['forSweep'] {
  let sweeps = 0;
  const follow = (): void => {
    setFlagsFromString(`--heap-growing-percent=${sweeps === 0 ? GROWTH : SWEEP_GROWTH}`);
  };
  follow();
  return () => {
    sweeps += 1;
    follow();
    return {
      [Symbol.dispose]() {
        sweeps -= 1;
        follow();
      },
    };
  };
}

function watchRest(collect: Collect, works: boolean, takePasses: () => number): void {
  if (works) growYoung(collect, YOUNG_MB);
  const look = createRestWatch();
  let before = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    const due = look((user + system) / (LOOK_MS * 1_000));
    const isFast = takePasses() > (FAST * LOOK_MS) / 1_000;
    if (isFast && works) growYoung(collect, FAST_YOUNG_MB);
    if (due === null) return;
    const flavor = due === 'thorough' ? 'last-resort' : 'regular';
    collect({ type: 'major', execution: 'sync', flavor });
    // Both shrink the young generation as well, to 1 MB where nothing is in it.
    if (works) growYoung(collect, YOUNG_MB);
  }, LOOK_MS);
  timer.unref();
}

/**
 * Brings the young generation to its size, which no flag does at run time, and keeps V8 from going on to the next one: it
 * doubles when more survives a collection than it has room for. Takes some milliseconds.
 */
function growYoung(collect: Collect, wantedMb: number): void {
  setFlagsFromString('--semi-space-growth-factor=2');
  const survivors: number[][] = [];
  for (let tries = 0; youngMb() < wantedMb && tries < MOST_TRIES; tries += 1) {
    // Half a megabyte.
    survivors.push(Array.from({ length: 60_000 }, (_, at) => at));
    collect({ type: 'minor', execution: 'sync' });
  }
  setFlagsFromString('--semi-space-growth-factor=1');
}

function youngMb(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  if (young === undefined) return Number.POSITIVE_INFINITY;
  // Not its size, which counts the other half or leaves it out; some bytes of each page are V8's.
  return Math.round((young.space_used_size + young.space_available_size) / 1_048_576);
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
