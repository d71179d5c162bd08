/**
 * What processes that may send 1,000 requests a second send to a cloud that takes fewer, in its steady state, and how much of it
 * is taken. 110 % and 90 % of what it takes are promised.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RequestLimit } from '../src/simulator/request-limit.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { fleetSeed } from '../test/support/fleet.ts';
import { startRedis } from '../test/support/redis.ts';

const CONFIGURED = 1_000;
const CALLERS = 120;
const SETTLE_MS = Number(process.argv[2] ?? 15) * 1_000;
const MEASURE_MS = Number(process.argv[3] ?? 30) * 1_000;
const CHILD = join(import.meta.dirname, '../test/integration/child-clouds.ts');

interface Row {
  readonly what: string;
  readonly processes: number;
  readonly limit: RequestLimit;
  /** Share of requests that meet another fault. */
  readonly faults: number;
}

const limit = { requestsPerSecond: 50, burst: 10 };
const ROWS: readonly Row[] = [
  { what: '50/s', processes: 1, limit, faults: 0 },
  { what: '50/s', processes: 3, limit, faults: 0 },
  { what: '50/s, Retry-After: 1', processes: 3, limit: { ...limit, retryAfterS: 1 }, faults: 0 },
  { what: '50/s, 10 % faults', processes: 3, limit, faults: 0.1 },
  { what: '200/s', processes: 3, limit: { requestsPerSecond: 200, burst: 20 }, faults: 0 },
];

await using resources = new AsyncDisposableStack();
const redis = await startRedis();
resources.defer(async () => await redis.stop());

for (const row of ROWS) {
  const { sent, taken, peak } = await measure(row);
  const allowed = row.limit.requestsPerSecond;
  const percent = (rate: number): string => `${((rate / allowed) * 100).toFixed(1)} %`;
  const isMet = sent <= allowed * 1.1 && taken >= allowed * 0.9;
  process.stdout.write(
    `${row.what}, ${row.processes} processes: sent ${sent.toFixed(1)}/s (${percent(sent)}, busiest second ${peak}), ` +
      `taken ${taken.toFixed(1)}/s (${percent(taken)}): ${isMet ? 'met' : 'MISSED'}\n`,
  );
}

async function measure({ processes, limit: wanted, faults }: Row) {
  const simulator = await startSimulator({
    seed: fleetSeed({ images: 0, repositories: processes }),
  });
  simulator.faults.limit(wanted);
  if (faults > 0) simulator.faults.random({ rate: faults, kinds: ['before', 'reset', 'html'] });
  await redis.kill();
  await redis.start();
  const startedMs = Date.now();
  await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      await runChild([
        `--redis=${redis.url}`,
        `--swr=${simulator.endpoints.swr}`,
        `--rate=${CONFIGURED}`,
        `--for-ms=${SETTLE_MS + MEASURE_MS + 3_000}`,
        `--callers=${CALLERS / processes}`,
        `--repository=shop/app-${index}`,
      ]);
    }),
  );
  const fromMs = startedMs + SETTLE_MS;
  // Those that met another fault did not come to the limit.
  const steady = simulator.requests.list.filter(
    ({ at, fault }) =>
      at >= fromMs && at < fromMs + MEASURE_MS && (fault === null || fault === '429'),
  );
  await simulator.close();
  const seconds = Map.groupBy(steady, ({ at }) => Math.floor((at - fromMs) / 1_000));
  const taken = steady.filter(({ status }) => status === 200);
  return {
    sent: (steady.length / MEASURE_MS) * 1_000,
    taken: (taken.length / MEASURE_MS) * 1_000,
    peak: Math.max(...[...seconds.values()].map((second) => second.length)),
  };
}

async function runChild(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  resources.defer(() => void child.kill('SIGKILL'));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`ended with ${code}`)),
    );
  });
  createInterface({ input: child.stdout }).once('line', () => child.stdin.write('go\n'));
  await ended;
}
