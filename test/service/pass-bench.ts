import { randomUUID } from 'node:crypto';
import type { PolicySet } from '../../src/model/policy.ts';
import type { Report } from '../../src/model/report.ts';
import { targetKey } from '../../src/model/target.ts';
import { NO_NOTIFICATIONS } from '../../src/notify/open.ts';
import type { PassOptions, PassRefusal, ReconcileRequest } from '../../src/queue/engine.ts';
import { createPass, type PassParts } from '../../src/service/pass.ts';
import type { Store } from '../../src/store/store.ts';
import { createMemoryProvider, type MemoryProvider } from '../support/memory-provider.ts';
import { aResourcePolicy, RESOURCE_CAPABILITIES } from '../support/policies.ts';
import { IMAGE, labels } from '../support/tags.ts';
import { anObserver, keptLog } from './service-bench.ts';

export interface PassBench {
  readonly provider: MemoryProvider;
  readonly store: Store;
  readonly log: ReturnType<typeof keptLog>;
  set: PolicySet;
  now: Date;
  /** What the holds answer to every write. */
  held: string | null;
  run(
    request?: Partial<ReconcileRequest>,
    options?: Partial<PassOptions>,
  ): Promise<Report | PassRefusal>;
}

/** One pass over an image in memory, with a real store; the image lacks `owner`. */
export function aPassBench(
  store: Store,
  before: Readonly<Record<string, string>> = {},
  overrides: Partial<PassParts> = {},
): PassBench {
  const provider = createMemoryProvider(labels(before), RESOURCE_CAPABILITIES);
  const log = keptLog();
  const bench: PassBench = {
    provider,
    store,
    log,
    set: {
      revision: 'sha256:rev',
      policies: [aResourcePolicy({ ensure: { owner: 'platform' } })],
      tests: [],
    },
    now: new Date('2026-06-01T12:00:00Z'),
    held: null,
    run: async (request = {}, options = {}) =>
      await pass(
        {
          target: IMAGE,
          reason: 'schedule',
          correlationId: 'sweep-1',
          revision: 'sha256:rev',
          attributes: null,
          observedAt: null,
          attempt: 1,
          crash: null,
          wasPutOff: false,
          ...request,
        },
        { signal: new AbortController().signal, checkLease: () => undefined, ...options },
      ),
  };
  const pass = createPass({
    config: { guards: { maxDeletePercent: 30, maxDeletesPerHour: 500, maxFleetDeletePercent: 10 } },
    clouds: {
      providers: new Map([[IMAGE.account, provider]]),
      protect: () => [],
      now: () => bench.now,
    },
    source: { current: () => bench.set },
    store,
    holds: { reason: () => bench.held, refresh: async () => undefined },
    log,
    audit: null,
    observer: anObserver(),
    notifications: NO_NOTIFICATIONS,
    process: 'here',
    newId: () => randomUUID(),
    random: () => 0.5,
    ...overrides,
  });
  return bench;
}

/** `target status`, or why there was no pass. */
export function told(result: Report | PassRefusal): string {
  return 'target' in result ? `${targetKey(result.target)} ${result.status}` : result.status;
}
