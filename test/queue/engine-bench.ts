import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createEngine, type Engine, type EngineOptions } from '../../src/queue/engine.ts';
import { reconcileQueue } from '../../src/queue/jobs.ts';
import type { Backend } from '../../src/queue/port.ts';
import type { QueueCount } from '../../src/queue/queues.ts';
import { aPolicy, aSet, aWorld, unique, type World } from './support.ts';

/** One backend for a suite; account, policy and world are new for each test. */
export interface EngineBench {
  readonly backend: Backend;
  readonly account: string;
  /** Name of the one policy of the world. */
  readonly shop: string;
  readonly world: World;
  /** Starts an engine that is stopped after the test. */
  readonly start: (overrides?: Partial<EngineOptions>) => Promise<Engine>;
  /** A worker without a scheduler. */
  readonly work: (overrides?: Partial<EngineOptions>) => Promise<Engine>;
  readonly counts: (engine: Engine) => Promise<QueueCount | undefined>;
  readonly paths: () => readonly string[];
}

export function engineBench(open: () => Promise<Backend>): () => EngineBench {
  let backend: Backend;
  let bench: EngineBench;
  const engines: Engine[] = [];

  beforeAll(async () => {
    backend = await open();
  });

  beforeEach(() => {
    const account = unique('swr');
    const shop = unique('shop');
    const world = aWorld(backend, [account]);
    world.set = aSet('1', aPolicy(shop));
    const start = async (overrides: Partial<EngineOptions> = {}) => {
      const engine = createEngine({ ...world.options, ...overrides });
      engines.push(engine);
      await engine.start();
      return engine;
    };
    bench = {
      backend,
      account,
      shop,
      world,
      start,
      work: async (overrides) => await start({ roles: new Set(['worker']), ...overrides }),
      async counts(engine) {
        const all = await engine.counts();
        return all.find(({ queue }) => queue === reconcileQueue(account));
      },
      paths: () => world.requests.map(({ target }) => target.path).toSorted(),
    };
  });

  afterEach(async () => {
    await Promise.all(engines.splice(0).map(async (engine) => await engine.stop({ graceMs: 0 })));
  });

  afterAll(async () => {
    await backend.close();
  });

  return () => bench;
}
