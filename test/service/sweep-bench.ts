import { randomUUID } from 'node:crypto';
import pMap from 'p-map';
import { afterEach } from 'vitest';
import type { Account } from '../../src/model/account.ts';
import type { Policy, PolicySet } from '../../src/model/policy.ts';
import { Secret } from '../../src/model/secret.ts';
import { type Discovered, targetKey } from '../../src/model/target.ts';
import { NO_NOTIFICATIONS } from '../../src/notify/open.ts';
import { createProvider } from '../../src/providers/catalog.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { ReconcileRequest, SweepRequest } from '../../src/queue/engine.ts';
import { createPass } from '../../src/service/pass.ts';
import { createSweeps } from '../../src/service/sweeps.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import type { Store } from '../../src/store/store.ts';
import { allOf } from '../support/pages.ts';
import { RUNTIME } from '../support/provider-bench.ts';
import { IMAGE, REPOSITORY } from '../support/tags.ts';
import { KEYS } from '../support/workspace.ts';
import { anObserver, keptLog, storeBench } from './service-bench.ts';

/** What one sweep and the passes it asked for came to. */
export interface Swept {
  readonly met: number;
  /** Keys of the targets that got a pass, sorted. */
  readonly visits: readonly string[];
  /** Requests by operation. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Sweeps over a simulated cloud with a real store, without a queue in between. */
export interface SweepBench {
  readonly simulator: Simulator;
  readonly store: Store;
  readonly log: ReturnType<typeof keptLog>;
  set: PolicySet;
  now: Date;
  fullEvery: number;
  maxDeletePercent: number;
  protect: readonly string[];
  asksInUse: boolean;
  roomForSweep?: () => Disposable;
  readonly sweep: (reason?: SweepRequest['reason']) => Promise<Swept>;
  readonly close: () => Promise<void>;
}

export interface SweepSeed {
  readonly images?: readonly object[];
  readonly repositories?: readonly object[];
}

const CHUNK = 50;

export async function openSweepBench(
  store: Store,
  seed: SweepSeed,
  ...policies: readonly Policy[]
): Promise<SweepBench> {
  const { accessKey, secretKey, projectId } = KEYS;
  const simulator = await startSimulator({
    seed: { credentials: { huawei: [{ accessKey, secretKey, projectId }] }, ...seed },
  });
  const providers = new Map(
    accountsOf(simulator).map((one) => [one.name, createProvider(one, RUNTIME)] as const),
  );
  const log = keptLog();
  const bench: SweepBench = {
    simulator,
    store,
    log,
    set: { revision: 'sha256:rev', policies, tests: [] },
    now: new Date('2026-06-01T12:00:00Z'),
    fullEvery: 10,
    maxDeletePercent: 30,
    protect: [],
    asksInUse: false,
    sweep: async (reason = 'schedule') => await sweepAll(bench, providers, reason),
    async close() {
      for (const provider of providers.values()) await provider.close();
      await simulator.close();
    },
  };
  return bench;
}

async function sweepAll(
  bench: SweepBench,
  providers: ReadonlyMap<string, Provider>,
  reason: SweepRequest['reason'],
): Promise<Swept> {
  const { simulator } = bench;
  simulator.requests.reset();
  const signal = new AbortController().signal;
  const parts = partsOf(bench, providers);
  const { roomForSweep } = bench;
  const open = createSweeps({ ...parts, ...(roomForSweep === undefined ? {} : { roomForSweep }) });
  const pass = createPass({
    ...parts,
    ...(bench.asksInUse
      ? { inUse: async () => ({ digests: new Set<string>(), error: null }) as never }
      : {}),
    holds: { reason: () => null, refresh: async () => undefined },
    audit: null,
    process: 'here',
    newId: () => randomUUID(),
    random: () => 0.5,
  });
  let met = 0;
  const visits = new Set<string>();
  for (const policy of bench.set.policies.filter(({ suspend }) => !suspend)) {
    const sweep = await open({ policy, reason, correlationId: 'sweep-1' });
    const found = await allOf(sweep.discover(signal));
    met += found.length;
    for (let at = 0; at < found.length; at += CHUNK) {
      const asked = await sweep.screen(found.slice(at, at + CHUNK), signal);
      for (const { target } of asked) visits.add(targetKey(target));
      await pMap(
        asked,
        async (one) =>
          await pass(requestOf(bench, one, reason), { signal, checkLease: () => undefined }),
        { concurrency: 5 },
      );
    }
    await sweep.completed();
  }
  const operations = simulator.requests.list.map(({ operation }) => operation);
  const calls = Object.fromEntries(
    [...Map.groupBy(operations, (one) => one)].map(([name, all]) => [name, all.length]),
  );
  return { met, visits: [...visits].sort(), calls };
}

function partsOf(bench: SweepBench, providers: ReadonlyMap<string, Provider>) {
  return {
    config: {
      guards: {
        maxDeletePercent: bench.maxDeletePercent,
        maxDeletesPerHour: 500,
        maxFleetDeletePercent: 10,
      },
      sweeps: { fullEvery: bench.fullEvery },
      inUse: bench.asksInUse ? ({ type: 'file', path: '/nowhere', maxAgeMs: null } as never) : null,
    },
    clouds: { providers, protect: () => bench.protect, now: () => bench.now },
    source: { current: () => bench.set },
    store: bench.store,
    log: bench.log,
    observer: anObserver(),
    notifications: NO_NOTIFICATIONS,
  };
}

/** As the queue carries it. */
function requestOf(
  { now, set }: SweepBench,
  { target, attributes, isPartial, fingerprint }: Discovered,
  reason: ReconcileRequest['reason'],
): ReconcileRequest {
  return {
    target,
    reason,
    correlationId: 'sweep-1',
    revision: set.revision,
    attributes,
    isPartial,
    fingerprint,
    observedAt: now,
    attempt: 1,
    crash: null,
    wasPutOff: false,
  };
}

function accountsOf({ endpoints }: Simulator): readonly Account[] {
  const shared = {
    limits: { requestsPerSecond: 10_000, burst: 10_000, concurrency: 8 },
    timeoutMs: 10_000,
    protect: [],
    caFile: null,
    region: 'cn-north-4',
    projectId: KEYS.projectId,
    auth: {
      type: 'access-key',
      accessKey: new Secret(KEYS.accessKey),
      secretKey: new Secret(KEYS.secretKey),
      securityToken: null,
    },
  } as const;
  return [
    { ...shared, name: REPOSITORY.account, provider: 'huawei-swr', endpoint: endpoints.swr },
    { ...shared, name: IMAGE.account, provider: 'huawei-ims', endpoint: endpoints.ims },
  ];
}

/** A bench for each test. */
export function sweepBench(): (
  seed: SweepSeed,
  ...policies: readonly Policy[]
) => Promise<SweepBench> {
  const open = storeBench();
  let bench: SweepBench | null = null;
  afterEach(async () => {
    await bench?.close();
    bench = null;
  });
  return async (seed, ...policies) => {
    bench = await openSweepBench(open(), seed, ...policies);
    return bench;
  };
}
