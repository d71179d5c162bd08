/** The embedded queue at full load, 2,000 targets: how late a 10 ms timer is in the service, by the clock; its memory. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '../src/simulator/simulator.ts';
import { eventually, fleetPolicies, fleetSeed, outOfPlace } from '../test/support/fleet.ts';
import { startTagwarden } from '../test/support/service-process.ts';
import { createWorkspace, KEY_ENV } from '../test/support/workspace.ts';

const SIZE = { images: 1_400, repositories: 600 };
/** Sweeps of everything fall into the whole of the measured time. */
const INTERVAL = '20s';
const LOAD_MS = Number(process.argv[2] ?? 60) * 1_000;
const TIMER = new URL('./late-timer.ts', import.meta.url).href;

interface Tick {
  readonly lateMs: number;
  readonly busyMs: number;
  readonly waitedMs: number;
  readonly ticks: number;
}

await using resources = new AsyncDisposableStack();
const simulator = await startSimulator({ seed: fleetSeed(SIZE) });
resources.defer(async () => await simulator.close());
const workspace = await createWorkspace({
  simulator,
  queueUrl: 'embedded:./queue',
  policies: fleetPolicies(INTERVAL),
  config: { guards: { maxDeletesPerHour: 100_000, maxFleetDeletePercent: 100 } },
  account: { limits: { requestsPerSecond: 5_000, burst: 1_000, concurrency: 20 } },
});
resources.defer(async () => await workspace.remove());

for (const start of ['first start', 'second start']) await measure(start);

async function measure(name: string): Promise<void> {
  const startedAt = performance.now();
  const args = ['run', '--port', '0', '--config', workspace.configFile];
  const service = startTagwarden(args, { ...KEY_ENV, NODE_OPTIONS: `--import=${TIMER}` });
  let childPeakMb = 0;
  const watch = setInterval(() => {
    for (const pid of childrenOf(service.child.pid))
      childPeakMb = Math.max(childPeakMb, memoryMb(pid, 'VmHWM'));
  }, 20);
  resources.defer(() => {
    clearInterval(watch);
    service.kill('SIGKILL');
  });
  await service.waitFor(/service started/);
  clearInterval(watch);
  const readyMs = performance.now() - startedAt;
  const startPeakMb = memoryMb(service.child.pid, 'VmHWM');
  const before = ticksOf(service.lines).length;
  const convergedMs = await eventually(
    () => outOfPlace(simulator, SIZE).length === 0,
    120_000,
    () => 'the fleet did not converge',
  );
  await sleep(Math.max(0, LOAD_MS - convergedMs));

  const ticks = ticksOf(service.lines).slice(before + 1);
  const worst = ticks.toSorted((one, other) => other.lateMs - one.lateMs).slice(0, 5);
  const stoppedAt = performance.now();
  console.log(`${name}: ready in ${(readyMs / 1_000).toFixed(1)} s`);
  console.log(`  2,000 targets in place after ${(convergedMs / 1_000).toFixed(1)} s`);
  console.log(`  timer, ${ticks.length} s, latest of 10 ms: ${worst.map(shown).join(', ')}`);
  console.log(`  ticks ${ticks.reduce((sum, one) => sum + one.ticks, 0)}`);
  console.log(`  peak: making the database ${childPeakMb} MB, start ${startPeakMb} MB`);
  const peakMb = memoryMb(service.child.pid, 'VmHWM');
  console.log(`  under load ${memoryMb(service.child.pid, 'VmRSS')} MB, peak ${peakMb} MB`);
  service.kill('SIGTERM');
  const code = await service.ended;
  console.log(`  stopped in ${Math.round(performance.now() - stoppedAt)} ms, exit code ${code}`);
}

/** Busy: its own work. Without a processor: other processes had it. The rest: blocked, as by a disk. */
function shown({ lateMs, busyMs, waitedMs }: Tick): string {
  return `${Math.round(lateMs)} ms (busy ${Math.round(busyMs)}, without a processor ${Math.round(waitedMs)})`;
}

function ticksOf(lines: readonly string[]): readonly Tick[] {
  return lines.flatMap((line) =>
    line.startsWith('{"timer"') ? [(JSON.parse(line) as { timer: Tick }).timer] : [],
  );
}

function childrenOf(pid: number | undefined): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .flatMap((child) => (child === '' ? [] : [Number(child)])),
    );
  } catch {
    return [];
  }
}

/** VmRSS or VmHWM as Linux tells it. */
function memoryMb(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
