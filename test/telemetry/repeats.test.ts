import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withContext } from '../../src/telemetry/context.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createRepeats } from '../../src/telemetry/repeats.ts';
import { createScrubber } from '../../src/telemetry/scrub.ts';

describe('createRepeats()', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('admit() lets the first through, counts the others, and tells their number when the minute ends', () => {
    const told: [string, number][] = [];
    const onLeftOut = (key: string, count: number): void => void told.push([key, count]);
    const repeats = createRepeats({ most: 3, windowMs: 60_000, onLeftOut });

    const admitted = Array.from({ length: 10 }, () => repeats.admit('down'));
    const other = repeats.admit('other');
    vi.advanceTimersByTime(60_000);

    expect(admitted.filter(Boolean)).toHaveLength(3);
    expect(other).toBe(true);
    expect(told).toEqual([['down', 7]]);
    expect(repeats.admit('down')).toBe(true);
  });

  test('an outage of 2,000 targets costs 21 lines a minute, and says how many there were', () => {
    const lines: string[] = [];
    const log = createLog({
      level: 'info',
      fields: {},
      scrubber: createScrubber(),
      write: (line) => void lines.push(line),
    });

    for (let at = 0; at < 2_000; at += 1)
      log.warn(
        { target: `swr/${at}`, code: 'PROVIDER_DOWN', error: `no answer ${at}` },
        'target unknown',
      );
    vi.advanceTimersByTime(60_000);

    expect(lines).toHaveLength(21);
    expect(JSON.parse(lines[20] ?? '')).toMatchObject({ suppressed: 1_980, msg: 'lines left out' });
  });

  test('a line has the fields of the work in hand, its own first, and one shape for what went wrong', () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const log = createLog({
      level: 'info',
      fields: { role: 'all' },
      scrubber: createScrubber(),
      write,
    });

    withContext({ correlation_id: 'c', target: 'around', job_id: '7' }, () =>
      log.error({ target: 'own', code: 'PROVIDER_DOWN', error: 'no answer' }, 'told'),
    );

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      service: 'tagwarden',
      role: 'all',
      correlation_id: 'c',
      job_id: '7',
      target: 'own',
      err: { type: 'Error', message: 'no answer', code: 'PROVIDER_DOWN' },
    });
  });
});
