import { randomUUID } from 'node:crypto';
import type { Role } from '../cli/app.ts';
import type { HookServer } from '../config/hooks.ts';
import { ReconcileError } from '../model/errors.ts';
import type { Policy, PolicySet } from '../model/policy.ts';
import { type Target, targetKey } from '../model/target.ts';
import { destinationsIn } from '../policy/promotion.ts';
import type { Engine } from '../queue/engine.ts';
import { type HandledDelivery, startHooks } from '../server/hooks/server.ts';
import type { Ask } from '../server/hooks/targets.ts';
import type { ListeningServer } from '../server/listen.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createWebhookMetrics } from '../telemetry/webhook-metrics.ts';

export interface HooksOptions {
  /** Null: no hook is configured. */
  readonly config: HookServer | null;
  readonly roles: ReadonlySet<Role>;
  readonly engine: Pick<Engine, 'trigger' | 'sweep' | 'requestRefresh'>;
  readonly store: Pick<Store, 'claimDelivery' | 'keepDelivery' | 'dropDelivery'>;
  readonly policies: () => PolicySet;
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly log: Log;
  readonly now: () => Date;
}

/** The port of webhooks; opened only where hooks are configured and the process has the role api. */
export interface Hooks {
  /** Throws CONFIG_INVALID when the address cannot be listened on. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Prepares the receivers; what they accept goes into the queue. */
export function createHooks(options: HooksOptions): Hooks {
  const { config, roles, store, log, now } = options;
  let server: ListeningServer | null = null;
  return {
    async open() {
      if (config === null || !roles.has('api')) return;
      const onDelivery = createObserver(config, options);
      for (const { name, type, secrets } of config.hooks) {
        if (secrets.length === 0) log.warn({ hook: name, type }, 'hook believes anybody');
      }
      server = await startHooks(config, {
        claimDelivery: async (id, at) => await store.claimDelivery(id, at),
        keepDelivery: async (id, at) => await store.keepDelivery(id, at),
        dropDelivery: async (id) => await store.dropDelivery(id),
        enqueue: async (ask, correlationId) => await enqueue(options, ask, correlationId),
        onDelivery,
        now,
        newId: randomUUID,
        monotonicMs: () => performance.now(),
      });
      log.info({ url: server.url, hooks: config.hooks.length }, 'hooks listening');
    },
    close: async () => await server?.close(),
  };
}

/** All of it or an error; what was added already melts into what a repeat adds. */
async function enqueue(
  { engine, policies }: HooksOptions,
  ask: Ask,
  correlationId: string,
): Promise<void> {
  switch (ask.type) {
    case 'policies':
      await engine.requestRefresh({ correlationId, commit: ask.commit });
      return;
    case 'targets':
      await Promise.all(
        withDestinations(ask.targets, policies()).map(
          async (target) => await engine.trigger(target, 'webhook', correlationId),
        ),
      );
      return;
    case 'accounts': {
      const names = policies().policies.filter((policy) => isAbout(policy, ask.accounts));
      await Promise.all(names.map(async ({ name }) => await sweep(engine, name, correlationId)));
    }
  }
}

/** What is pushed to a repository may have to go on to others. */
function withDestinations(targets: readonly Target[], set: PolicySet): readonly Target[] {
  const all = targets.flatMap((target) => [target, ...destinationsIn(set, target)]);
  return [...new Map(all.map((target) => [targetKey(target), target])).values()];
}

function isAbout({ suspend, targets }: Policy, accounts: readonly string[]): boolean {
  return !suspend && targets.some(({ account }) => accounts.includes(account));
}

/** A policy that has gone meanwhile needs no sweep. */
async function sweep(
  engine: HooksOptions['engine'],
  policy: string,
  correlationId: string,
): Promise<void> {
  try {
    await engine.sweep(policy, 'webhook', correlationId);
  } catch (error) {
    if (!(error instanceof ReconcileError && error.code === 'CONFIG_INVALID')) throw error;
  }
}

function createObserver(
  { hooks }: HookServer,
  { metrics, log }: Pick<HooksOptions, 'metrics' | 'log'>,
): (handled: HandledDelivery) => void {
  const types = hooks.map(({ type }) => type);
  const { recordWebhook } = createWebhookMetrics(metrics.registry, types);
  return (handled) => {
    recordWebhook(handled);
    logDelivery(log, handled);
  };
}

/** Repeats and what is of no interest at debug; refusals are a warning, which the log keeps sparse. */
function logDelivery(log: Log, handled: HandledDelivery): void {
  const { hook, provider, event, correlationId, result, durationMs, source } = handled;
  const told = { hook, provider, event, correlation_id: correlationId, result, source };
  const fields = { ...told, duration_ms: Math.round(durationMs) };
  switch (result) {
    case 'accepted':
      return log.info(fields, 'delivery accepted');
    case 'duplicate':
    case 'ignored':
      return log.debug(fields, 'delivery needs nothing');
    case 'bad_signature':
    case 'malformed':
    case 'too_large':
    case 'unsupported':
    case 'insecure':
    case 'rate_limited':
    case 'unavailable':
    case 'not_found':
      return log.warn({ ...fields, code: result }, 'delivery refused');
  }
}
