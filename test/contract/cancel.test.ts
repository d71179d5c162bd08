import { expect, onTestFinished, test, vi } from 'vitest';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { freely } from '../support/write-check.ts';
import { startBench } from './bench.ts';
import { CLOUDS, type Cloud } from './clouds.ts';
import { codeOf } from './code-of.ts';

const ROUNDS = 5;
const PROMISED_MS = 100;
/** No wait of the client itself ends the call meanwhile. */
const LONG_MS = 60_000;

interface Stuck {
  readonly where: string;
  readonly kind: FaultKind;
  readonly call: 'list' | 'write';
}

const STUCK: readonly Stuck[] = [
  { where: 'a listing without an answer', kind: 'hang', call: 'list' },
  { where: 'a write without an answer', kind: 'hang', call: 'write' },
  { where: 'the wait for another try of a listing', kind: 'before', call: 'list' },
  { where: 'the wait for another try of a throttled write', kind: '429', call: 'write' },
];

const CASES = CLOUDS.flatMap((cloud) =>
  STUCK.map((stuck) => ({ cloud, name: cloud.name, ...stuck })),
);

test.each(CASES)(
  `a call of $name that is aborted in $where ends as CANCELLED within ${PROMISED_MS} ms, and sends nothing more`,
  async (stuck) => {
    const tookMs: number[] = [];

    for (let round = 0; round < ROUNDS; round += 1) tookMs.push(await timeToCancel(stuck));

    // The least of them, as this process may lose its processor at any moment.
    expect(Math.min(...tookMs)).toBeLessThan(PROMISED_MS);
  },
);

async function timeToCancel({ cloud, kind, call }: Stuck & { readonly cloud: Cloud }) {
  const bench = await startBench(cloud, { timeoutMs: LONG_MS, waitMs: LONG_MS });
  onTestFinished(() => bench.close());
  const { simulator, provider } = bench;
  const [write] = cloud.writes;
  if (write === undefined) throw new Error('no write');
  const operation = call === 'list' ? cloud.calls.list : write.call;
  simulator.faults.add({ kind, operation, times: Infinity });
  const stop = new AbortController();

  const outcome = codeOf(
    call === 'list'
      ? provider.list(cloud.target, stop.signal)
      : provider.perform(cloud.target, write.operation, freely, stop.signal),
  );
  await vi.waitFor(
    () => expect(simulator.requests.list.some((seen) => seen.operation === operation)).toBe(true),
    { timeout: 10_000 },
  );
  const sent = simulator.requests.total;
  const startedMs = performance.now();
  stop.abort();
  const code = await outcome;
  const tookMs = performance.now() - startedMs;

  expect(code).toBe('CANCELLED');
  expect(simulator.requests.total).toBe(sent);
  return tookMs;
}
