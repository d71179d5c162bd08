import { setTimeout as sleep } from 'node:timers/promises';
import type { Build } from './builds.ts';
import { unrecordedWrites } from './console.ts';
import { fleetOf, targetsOf } from './fleet.ts';
import { brokenPromises, type Outcome } from './outcome.ts';
import { settle } from './storm.ts';
import { createMember, type Member } from './worker.ts';
import { createWorld, type World } from './world.ts';

/** A rolling upgrade of workers and scheduler under load, and the way back. */
export interface Upgrade {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  readonly older: Build;
  readonly newer: Build;
  /** Also go back to the older release, process by process. */
  readonly rollBack: boolean;
  /** The newer release speaks a version that the older one does not know. */
  readonly parks: boolean;
}

const WORKERS = 2;
/** Share of the targets that each replacement finds out of place. */
const WAVE = 0.25;
/** Up to the interval of sweeps, so that a replacement meets any moment of one. */
const LONGEST_WAIT_MS = 10_000;
const CONVERGE_MS = 240_000;

/** R25: workers of two releases side by side, and the fleet heals as if there were one. */
export async function runUpgrade(upgrade: Upgrade): Promise<Outcome> {
  await using world = await createWorld({
    seed: upgrade.seed,
    size: fleetOf(upgrade.targets),
    workers: 0,
    schedulers: 0,
    interval: '10s',
    concurrency: 4,
  });
  const fleet = createRoster(world);
  const startedAt = performance.now();
  const problems: string[] = [];
  try {
    const roles = [...Array.from({ length: WORKERS }, () => 'worker'), 'scheduler'];
    for (const role of roles) await fleet.add(role, upgrade.older);
    await world.converged(CONVERGE_MS);
    await fleet.replaceAll(upgrade.newer);
    if (upgrade.rollBack) await fleet.replaceAll(upgrade.older);
    problems.push(...(await settle(world)), ...(await unrecorded(world)));
    await fleet.count();
    const judged = {
      verdict: await world.clouds.verdict(),
      failedJobs: (await world.jobs()).failed,
      recoveredMs: null,
      totalMs: performance.now() - startedAt,
    };
    const { passes, parked } = fleet.figures();
    for (const { name } of [upgrade.older, upgrade.newer]) {
      if ((passes.get(name) ?? 0) < upgrade.targets / 2) problems.push(`too few passes of ${name}`);
    }
    if (parked > 0 !== upgrade.parks) problems.push(`${parked} jobs were parked`);
    const counted = Object.fromEntries([...passes].map(([name, n]) => [`passes of ${name}`, n]));
    const broken = brokenPromises(judged, world, {});
    const { scenario, seed } = upgrade;
    const figures = { ...counted, parked };
    return { scenario, seed, ...judged, figures, problems: [...problems, ...broken] };
  } finally {
    await fleet.killAll();
  }
}

async function unrecorded(world: World): Promise<string[]> {
  const found = await unrecordedWrites(world);
  return found.length === 0 ? [] : [`in no recorded run: ${found.slice(0, 5).join(', ')}`];
}

interface Placed {
  readonly member: Member;
  readonly role: string;
  readonly build: Build;
}

/** The processes of the deployment, and what those came to that were replaced. */
function createRoster(world: World) {
  const { tally, clouds, random, size } = world;
  const { configFile } = world.workspace;
  const targets = targetsOf(size);
  let placed: readonly Placed[] = [];
  const passes = new Map<string, number>();
  let parked = 0;
  const open = async (role: string, build: Build): Promise<Placed> => {
    const { main } = build;
    const name = `${role} of ${build.name}`;
    const member = createMember({ name, role, configFile, tally, main });
    await member.start();
    return { member, role, build };
  };
  const note = async ({ member, build }: Placed): Promise<void> => {
    const text = await (await fetch(`${member.url}/metrics`)).text();
    const count = sumOf(text, /^tagwarden_reconciles_total\{.*\} (\d+)/gm);
    passes.set(build.name, (passes.get(build.name) ?? 0) + count);
    parked += sumOf(text, /^tagwarden_jobs_parked_total (\d+)/gm);
  };
  return {
    async add(role: string, build: Build): Promise<void> {
      placed = [...placed, await open(role, build)];
    },
    /** Stops one process after the other as an orchestrator does, with a new one in its place, while there is work. */
    async replaceAll(build: Build): Promise<void> {
      for (const [at, old] of placed.entries()) {
        const some = Array.from({ length: targets * WAVE }, () => Math.floor(random() * targets));
        await clouds.drift(some);
        await sleep(random() * LONGEST_WAIT_MS);
        const successor = await open(old.role, build);
        await note(old);
        await old.member.stop();
        placed = placed.with(at, successor);
        await world.converged(CONVERGE_MS);
      }
    },
    count: async () => void (await Promise.all(placed.map(note))),
    figures: () => ({ passes, parked }),
    killAll: async () => void (await Promise.all(placed.map(({ member }) => member.kill()))),
  };
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
}
