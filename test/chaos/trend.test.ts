import { expect, test } from 'vitest';
import { type Sample, tooSteep, trendsOf } from './trend.ts';

const MINUTES = 30;

/** A sample each 10 s, with noise that has no trend. */
function samplesOf(name: string, pid: number, mbAt: (minute: number) => number): Sample[] {
  return Array.from({ length: MINUTES * 6 }, (_, index) => {
    const minute = index / 6;
    const noise = index % 2 === 0 ? 3 : -3;
    return { minute, name, pid, rssMb: mbAt(minute) + noise, handles: 70 + (index % 5) };
  });
}

test('trendsOf() sees a slow leak through noise, and no leak in a warm-up', () => {
  const leaking = samplesOf('worker 0', 1, (minute) => 100 + minute * 0.2);
  const warming = samplesOf('worker 1', 2, (minute) => Math.min(130, 100 + minute * 5));

  const trends = trendsOf([...leaking, ...warming], MINUTES);

  const [leak, flat] = trends;
  expect(leak?.mbPer10Min).toBeCloseTo(2, 0);
  expect(Math.abs(flat?.mbPer10Min ?? 9)).toBeLessThan(0.2);
  expect(trends.map((trend) => tooSteep(trend).length)).toEqual([1, 0]);
});

test('trendsOf() leaves out processes that lived too short to judge', () => {
  const short = samplesOf('worker 2', 3, (minute) => 100 + minute).filter(
    ({ minute }) => minute > 20 && minute < 25,
  );

  expect(trendsOf(short, MINUTES)).toEqual([]);
});

test('tooSteep() holds Redis, whose history is full, to what every process is held to', () => {
  const flat = samplesOf('redis', 0, (minute) => 170 + minute * 0.005);
  const growing = samplesOf('redis', 0, (minute) => 170 + minute * 0.15);

  const [atRest] = trendsOf(flat, MINUTES);
  const [filling] = trendsOf(growing, MINUTES);

  expect(atRest === undefined ? null : tooSteep(atRest)).toEqual([]);
  expect(filling === undefined ? null : tooSteep(filling)).toHaveLength(1);
});
