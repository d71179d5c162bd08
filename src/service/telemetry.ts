import { randomUUID } from 'node:crypto';
import { openAudit } from '../audit/open.ts';
import type { Audit } from '../audit/stream.ts';
import type { ServiceOptions } from '../cli/app.ts';
import type { Config } from '../config/load.ts';
import { readRevision, readVersion } from '../config/version.ts';
import type { Backend } from '../queue/backend.ts';
import type { Engine } from '../queue/engine.ts';
import { createQueueTelemetry, type QueueTelemetry } from '../queue/tracing.ts';
import type { Store } from '../store/store.ts';
import { createLog, type Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import type { Scrubber } from '../telemetry/scrub.ts';
import { openTracing, type Tracing } from '../telemetry/tracing.ts';
import type { Holds } from './holds.ts';
import { createObserver, type Observer } from './observe.ts';

/** Everything by which a service tells what it does. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly observer: Observer;
  readonly audit: Audit | null;
  /** For the queue; null: no traces. */
  readonly queue: QueueTelemetry | null;
  /** Sends and writes what waits; the last thing a service does. */
  close(): Promise<void>;
}

interface TelemetryParts {
  readonly config: Pick<Config, 'accounts' | 'audit' | 'logLevel' | 'traces'>;
  readonly scrubber: Scrubber;
}

/** Opens log, metrics, audit stream and, when a collector is named, traces. */
export async function openTelemetry(
  { config, scrubber }: TelemetryParts,
  { roles, writeLog }: Pick<ServiceOptions, 'roles' | 'writeLog'>,
): Promise<Telemetry> {
  const version = readVersion();
  const build = { version, revision: readRevision() };
  const tracing = await startTraces(config, version, scrubber);
  const log = createLog({
    level: config.logLevel,
    fields: { version, role: [...roles].join(',') },
    scrubber,
    write: writeLog,
    ...(tracing === null ? {} : { traceIds: () => tracing.ids() }),
  });
  const audit = openAudit({
    place: config.audit,
    scrub: (text) => scrubber.scrub(text),
    now: () => new Date(),
    newId: randomUUID,
    write: async (text) => writeLog(text),
  });
  const accounts = config.accounts.map(({ name }) => name);
  const metrics = createMetrics(build, accounts);
  return {
    log,
    metrics,
    audit,
    observer: createObserver(metrics, tracing),
    queue: tracing === null ? null : await createQueueTelemetry(version),
    async close() {
      await audit?.close();
      await tracing?.close();
    },
  };
}

async function startTraces(
  { traces }: Pick<Config, 'traces'>,
  version: string,
  scrubber: Scrubber,
): Promise<Tracing | null> {
  return traces === null ? null : await openTracing({ ...traces, version, scrubber });
}

interface Observed {
  readonly backend: Pick<Backend, 'probe'>;
  readonly engine: Pick<Engine, 'counts' | 'oldest'>;
  readonly store: Pick<Store, 'counts' | 'standings'>;
  readonly holds: Pick<Holds, 'inForce'>;
  readonly now: () => Date;
}

/** Has the metrics of shared state looked up on each scrape. */
export function observeDeployment(
  metrics: Metrics,
  { backend, engine, store, holds, now }: Observed,
): void {
  metrics.observeQueues(async () => {
    const [counts, oldest] = await Promise.all([engine.counts(), engine.oldest()]);
    return counts.map(({ queue, ...jobs }) => {
      const since = oldest.get(queue) ?? null;
      const oldestMs = since === null ? null : Math.max(0, now().getTime() - since.getTime());
      return { queue, counts: jobs, oldestMs };
    });
  });
  metrics.observeTargets(async (policies) => {
    const [{ quarantined }, standings] = await Promise.all([
      store.counts(now()),
      store.standings(policies),
    ]);
    const states = { ...Object.fromEntries(standings.states), quarantined };
    return { states, oldestUnsynced: standings.oldestUnsynced };
  }, now);
  metrics.observePauses(() => holds.inForce());
  if (backend.probe !== null) metrics.observeRedis(backend.probe);
}
