import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { fleetOf, targetsOf } from './fleet.ts';
import { fillHistory } from './history.ts';
import { useScratchFolder } from './scratch.ts';
import { MENU } from './storm.ts';
import { renderTrend, type Sample, tooSteep, trendsOf } from './trend.ts';
import { type Member, readUsage } from './worker.ts';
import { createWorld, type World } from './world.ts';

/**
 * `node test/chaos/soak.ts [--minutes 30] [--targets 2000] [--history 100000] [--seed N]`: drift, faults and restarts for
 * a long time; memory and handles of every process each 10 s; exit 1 when they grow. The history is as long as it may be
 * from the start, so that Redis has nothing left to fill.
 */
const SAMPLE_MS = 10_000;
const DRIFT_MS = 1_000;
const RESTART_MS = 240_000;
const CONVERGE_MS = 240_000;
const FAULT_RATE = 0.05;
interface Soak {
  readonly world: World;
  readonly minutes: number;
  readonly startedAt: number;
  readonly samples: Sample[];
  drifted: number;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '30' },
      targets: { type: 'string', default: '2000' },
      history: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
    },
  });
  await using world = await createWorld({
    seed: Number(values.seed),
    size: fleetOf(Number(values.targets)),
    // The last ones are restarted now and then; the others live from first to last.
    workers: 3,
    schedulers: 2,
    interval: '60s',
  });
  await fillHistory(world.redis.url, world.size, Number(values.history));
  await world.startAll();
  await world.converged(CONVERGE_MS);
  const minutes = Number(values.minutes);
  const soak: Soak = { world, minutes, startedAt: performance.now(), samples: [], drifted: 0 };
  const faults = { rate: FAULT_RATE, kinds: MENU, seed: world.seed };
  await world.clouds.faults(faults);
  await Promise.all([drift(soak), restart(soak), sample(soak)]);
  await world.clouds.faults(null);
  const problems = await judge(soak);
  for (const problem of problems) print(`FAIL ${problem}`);
  print(problems.length === 0 ? 'soak: all promises kept' : `soak: ${problems.length} broken`);
  return problems.length === 0 ? 0 : 1;
}

function left({ minutes, startedAt }: Soak): boolean {
  return performance.now() - startedAt < minutes * 60_000;
}

/** Some targets change behind our back all the time; the journal of finished ones is dropped now and then. */
async function drift(soak: Soak): Promise<void> {
  const { world } = soak;
  const targets = targetsOf(world.size);
  while (left(soak)) {
    const some = Array.from({ length: 1 }, () => Math.floor(world.random() * targets));
    soak.drifted += (await world.clouds.drift(some)).length;
    await sleep(DRIFT_MS);
  }
}

/** One worker and one scheduler: SIGTERM for the one, kill -9 for the other, in turns. A scheduler prunes as it starts. */
async function restart(soak: Soak): Promise<void> {
  const victims = [soak.world.workers.at(-1), soak.world.schedulers.at(-1)];
  for (let round = 1; left(soak); round += 1) {
    const next = soak.startedAt + round * RESTART_MS;
    while (left(soak) && performance.now() < next) await sleep(500);
    if (!left(soak)) return;
    await Promise.all(
      victims.map(async (victim, index) => {
        if ((round + index) % 2 === 0) await victim?.kill();
        else await victim?.stop();
        // Where the machine is short of time it may give up on Redis; whoever runs it would start it again.
        await victim?.start().catch(async () => await victim.start());
      }),
    );
  }
}

async function sample(soak: Soak): Promise<void> {
  const { world, samples, startedAt } = soak;
  const redis = new Redis(world.redis.url);
  try {
    for (let round = 1; left(soak); round += 1) {
      await sleep(Math.max(0, startedAt + round * SAMPLE_MS - performance.now()));
      const minute = (performance.now() - startedAt) / 60_000;
      for (const member of [...world.workers, ...world.schedulers]) note(samples, member, minute);
      const clouds = readUsage(world.clouds.pid);
      if (clouds !== null) samples.push({ minute, name: 'clouds', ...clouds });
      const rssMb = await usedByRedis(redis);
      samples.push({ minute, name: 'redis', pid: 0, rssMb, handles: 0 });
      if (round % 6 === 0) print(statusLine(soak, minute));
    }
  } finally {
    redis.disconnect();
  }
}

function note(samples: Sample[], member: Member, minute: number): void {
  const usage = member.usage();
  if (usage !== null) samples.push({ minute, name: member.name, ...usage });
}

async function usedByRedis(redis: Redis): Promise<number> {
  const info = await redis.info('memory');
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0) / 1_048_576;
}

function statusLine({ samples, drifted }: Soak, minute: number): string {
  const latest = new Map(samples.map((one) => [one.name, one]));
  const parts = [...latest.values()].map(
    ({ name, rssMb, handles }) => `${name} ${rssMb.toFixed(1)} MB ${handles} handles`,
  );
  return `minute ${minute.toFixed(0)}: ${parts.join(', ')}, ${drifted} drifts`;
}

async function judge({ world, samples, minutes, drifted }: Soak): Promise<string[]> {
  const problems: string[] = [];
  await world.converged(CONVERGE_MS).catch((error: unknown) => problems.push(String(error)));
  const { lost, unexpected, executed, minimum } = await world.clouds.verdict();
  const { failed } = await world.jobs();
  print(
    `soak seed ${world.seed}: ${minutes} min, ${drifted} drifts, lost ${lost.length}, unexpected ${unexpected.length}, ` +
      `writes ${executed} of ${minimum}, failed jobs ${failed.length}`,
  );
  if (unexpected.length > 0) problems.push(`unexpected: ${unexpected.slice(0, 3).join('; ')}`);
  if (executed > minimum * 1.01) problems.push(`${executed} writes, ${minimum} were needed`);
  if (failed.length > 0) problems.push(`failed: ${failed.slice(0, 3).join('; ')}`);
  problems.push(...world.tally.unexpectedEnds, ...world.tally.stderr.slice(0, 5));
  for (const trend of trendsOf(samples, minutes)) {
    print(renderTrend(trend));
    problems.push(...tooSteep(trend));
  }
  return problems;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

useScratchFolder();
process.exitCode = await main(process.argv.slice(2));
