/** Resident memory of one worker on Redis: right after its start, and idle after a sweep of 700 targets. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '../src/simulator/simulator.ts';
import { eventually, fleetPolicies, fleetSeed, outOfPlace } from '../test/support/fleet.ts';
import { startRedis } from '../test/support/redis.ts';
import { startTagwarden } from '../test/support/service-process.ts';
import { createWorkspace, KEY_ENV } from '../test/support/workspace.ts';

const SIZE = { images: 500, repositories: 200 };
const IDLE_MS = 20_000;

await using resources = new AsyncDisposableStack();
const redis = await startRedis();
resources.defer(async () => await redis.stop());
const simulator = await startSimulator({ seed: fleetSeed(SIZE) });
resources.defer(async () => await simulator.close());
const workspace = await createWorkspace({
  simulator,
  queueUrl: redis.url,
  policies: fleetPolicies(),
  config: { guards: { maxDeletesPerHour: 10_000, maxFleetDeletePercent: 100 } },
  account: { limits: { requestsPerSecond: 2_000, burst: 500, concurrency: 20 } },
});
resources.defer(async () => await workspace.remove());

const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
resources.defer(() => void bare.kill('SIGKILL'));
const start = (role: string) => {
  const args = ['run', '--role', role, '--port', '0', '--config', workspace.configFile];
  const process = startTagwarden(args, KEY_ENV);
  resources.defer(() => process.kill('SIGKILL'));
  return process;
};
const worker = start('worker');
await worker.waitFor(/service started/);
const afterStart = residentMb(worker.child.pid);
const scheduler = start('scheduler');
await scheduler.waitFor(/service started/);
await eventually(
  () => outOfPlace(simulator, SIZE).length === 0,
  120_000,
  () => 'the fleet did not converge',
);
const busy = residentMb(worker.child.pid);
await sleep(IDLE_MS);

console.log(`bare node                     ${residentMb(bare.pid)} MB`);
console.log(`worker after its start        ${afterStart} MB`);
console.log(`worker at the end of a sweep  ${busy} MB`);
console.log(`worker idle, 700 targets      ${residentMb(worker.child.pid)} MB`);
console.log(`scheduler idle                ${residentMb(scheduler.child.pid)} MB`);

/** VmRSS as Linux tells it. */
function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024);
}
