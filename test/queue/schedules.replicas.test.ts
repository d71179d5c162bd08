import { expect, inject, onTestFinished, test } from 'vitest';
import { type Child, startChild } from './child.ts';
import { pause, unique, until } from './support.ts';

const EVERY_MS = 500;
const INTERVALS = 100;
const POLICIES = 3;
const TARGETS = 5;
/** Lock and two checks of the active jobs, as the replicas are set up. */
const TAKEOVER_MS = 5_000;
/** What a busy machine, or a Redis in a container, adds to it. */
const SLOW_MS = 1_000;
const LONGEST_GAP_MS = TAKEOVER_MS + 2 * EVERY_MS + SLOW_MS;

interface Line {
  readonly event: string;
  readonly path?: string;
  readonly tick?: string;
}

/** The times of the ticks that led to passes over a target, in order, each with how many passes there were. */
function ticksOf(path: string, lines: readonly Line[]): readonly (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (const line of lines) {
    // A replica's first sweep comes from no tick.
    const at = /:(\d+)$/.exec(line.tick ?? '')?.[1];
    if (line.path === path && at) counts.set(Number(at), (counts.get(Number(at)) ?? 0) + 1);
  }
  return [...counts].toSorted(([left], [right]) => left - right);
}

/** What came of one target in the first INTERVALS intervals. */
function figuresOf(path: string, lines: readonly Line[], killedMs: number) {
  const all = ticksOf(path, lines);
  const first = all[0]?.[0] ?? 0;
  const ticks = all.filter(([at]) => at < first + INTERVALS * EVERY_MS);
  const times = ticks.map(([at]) => at);
  const gapMs = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  return {
    // A sweep in the hands of the one that was killed waits for another to take it over: judged as a gap, once.
    intervals: times.length + Math.round(gapMs / EVERY_MS) - 1,
    twice: ticks.filter(([, count]) => count > 1).length,
    gapMs,
    takeoverMs: (times.find((at) => at > killedMs) ?? Number.POSITIVE_INFINITY) - killedMs,
  };
}

test('createSchedules() of three replicas enqueues each target once an interval, one of them killed', async () => {
  const args = [inject('redisUrl'), `{${unique('tags')}}`, unique('swr')];
  const replicas: Child[] = [];
  const startReplica = () => {
    const sizes = [EVERY_MS, POLICIES, TARGETS].map(String);
    const child = startChild('child-scheduler.ts', ...args, ...sizes);
    onTestFinished(async () => await child.kill());
    replicas.push(child);
  };
  for (let at = 0; at < 3; at += 1) startReplica();
  await until('replicas', () => replicas.every((one) => one.count('ready') === 1), 20_000);

  await pause(0.3 * INTERVALS * EVERY_MS);
  const killedMs = Date.now();
  await replicas[0]?.kill();
  await pause(0.2 * INTERVALS * EVERY_MS);
  startReplica();
  await pause(0.55 * INTERVALS * EVERY_MS);
  await Promise.all(replicas.map(async (one) => await one.kill()));

  const lines: readonly Line[] = replicas.flatMap(({ said }) => said);
  const paths = [...new Set(lines.flatMap(({ path }) => path ?? []))];
  const figures = paths.map((path) => figuresOf(path, lines, killedMs));
  const worst = {
    targets: paths.length,
    intervals: Math.min(...figures.map(({ intervals }) => intervals)),
    twice: Math.max(...figures.map(({ twice }) => twice)),
    gapMs: Math.max(...figures.map(({ gapMs }) => gapMs)),
    takeoverMs: Math.max(...figures.map(({ takeoverMs }) => takeoverMs)),
  };
  console.info(worst);
  expect(paths).toHaveLength(POLICIES * TARGETS);
  // Two ticks melt into one sweep when a machine is slow.
  expect(worst.intervals).toBeGreaterThanOrEqual(0.9 * INTERVALS);
  expect(worst.twice).toBeLessThanOrEqual(1);
  expect(worst.gapMs).toBeLessThanOrEqual(LONGEST_GAP_MS);
  expect(worst.takeoverMs).toBeLessThanOrEqual(LONGEST_GAP_MS);
}, 120_000);
