import { Redis } from 'ioredis';
import { type Target, targetKey } from '../../src/model/target.ts';
import { createEngine, type Engine } from '../../src/queue/engine.ts';
import { type Reason, reconcileQueue } from '../../src/queue/jobs.ts';
import type { Backend } from '../../src/queue/port.ts';
import {
  type Account,
  ATTEMPTS,
  createLedger,
  DRAWN,
  type Ledger,
  STALLED_INTERVAL_MS,
} from './protocol-ledger.ts';
import { aPolicy, aSet, aWorld, unique } from './support.ts';

/** Where the jobs of a bench are kept. */
export interface Place {
  readonly backend: Backend;
  readonly redisUrl: string;
  readonly prefix: string;
}

/** Two workers on one Redis, and the ledgers of the targets they work on. */
export interface ProtocolBench {
  /** A target of the account that is throttled now and then, or of the one that never is. */
  addTarget(kind: 'calm' | 'throttled'): Ledger;
  trigger(target: Target, reason: Reason): Promise<void>;
  /** Every worker has new policies from now on, unless they have just changed. */
  changePolicies(): Promise<void>;
  /** What a killed worker's job loses, sooner than by waiting. */
  dropLock(target: Target, jobId: string): Promise<void>;
  /** How many jobs are neither done nor given up. */
  left(): Promise<number>;
  close(): Promise<void>;
}

/** All targets together change the policies no faster than this. */
const BETWEEN_CHANGES_MS = 50;

const SETTINGS = {
  // A frozen run loses its lock by hand, so this is only to outlast a slow machine.
  lockDurationMs: 10_000,
  stalledIntervalMs: STALLED_INTERVAL_MS,
  drainDelayS: 5,
  attempts: ATTEMPTS,
};

export async function openProtocolBench({
  backend,
  redisUrl,
  prefix,
}: Place): Promise<ProtocolBench> {
  const redis = new Redis(redisUrl);
  const accounts = { calm: newAccount('calm'), throttled: newAccount('throttled') };
  const names = Object.values(accounts).map(({ name }) => name);
  const ledgers = new Map<string, Ledger>();
  const jobs = new Map<string, string>();
  const world = aWorld(withJobIds(backend, jobs), names);
  let revision = 1;
  let changedMs = 0;
  world.set = aSet('1', aPolicy('shop'));
  const start = async (): Promise<Engine> => {
    const engine = createEngine({
      ...world.options,
      roles: new Set(['worker']),
      // Frozen runs keep their places.
      accounts: names.map((name) => ({ name, concurrency: 5_000 })),
      reconcile: async ({ target, attempt }) => {
        const key = targetKey(target);
        const ledger = ledgers.get(key);
        if (!ledger) throw new Error(`no ledger of ${key}`);
        return await ledger.pass(jobs.get(key) ?? '', attempt);
      },
      random: () => DRAWN,
      settings: SETTINGS,
    });
    await engine.start();
    return engine;
  };
  const [first, second] = await Promise.all([start(), start()]);
  return {
    addTarget(kind) {
      const target = { account: accounts[kind].name, path: `shop/${ledgers.size}` };
      const ledger = createLedger(target, accounts[kind]);
      ledgers.set(targetKey(target), ledger);
      return ledger;
    },
    trigger: async (target, reason) => await first.trigger(target, reason),
    async changePolicies() {
      if (performance.now() - changedMs < BETWEEN_CHANGES_MS) return;
      changedMs = performance.now();
      revision += 1;
      world.set = aSet(String(revision), aPolicy('shop'));
      await Promise.all([first, second].map(async (engine) => await engine.refresh()));
    },
    async dropLock({ account }, jobId) {
      await redis.del(`${prefix}:${reconcileQueue(account)}:${jobId}:lock`);
    },
    async left() {
      const counts = await first.counts();
      return counts
        .flatMap((count) => [count.waiting, count.prioritized, count.active, count.delayed])
        .reduce((sum, jobs) => sum + jobs, 0);
    },
    async close() {
      await Promise.all([first, second].map(async (engine) => await engine.stop({ graceMs: 500 })));
      await redis.quit();
    },
  };
}

function newAccount(name: string): Account {
  return { name: unique(name), throttledUntilMs: 0 };
}

/** The backend, telling which job a target's newest run belongs to. */
function withJobIds(backend: Backend, jobs: Map<string, string>): Backend {
  return {
    ...backend,
    createWorker: (name, processor, setup) =>
      backend.createWorker(
        name,
        async (job, token, signal) => {
          // Written by reconcileJob().
          const { target } = job.data as { readonly target: Target };
          jobs.set(targetKey(target), job.id ?? '');
          await processor(job, token, signal);
        },
        setup,
      ),
  };
}
