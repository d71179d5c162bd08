import { setTimeout as sleep } from 'node:timers/promises';
import { ReconcileError } from '../model/errors.ts';
import type { EngineOptions } from '../queue/engine.ts';
import { type PolicyOrigin, SourceError } from '../sources/origin.ts';
import type { LoadedSet, PolicySource } from '../sources/policy-source.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type PolicyFollowers, refreshPolicies } from './policies.ts';

/** A revision that is not found is looked for again after this, as long as jobs name it. */
const SAME_AGAIN_MS = 2_000;
const REMEMBERED = 100;

/** What the engine asks of the policies: looks on request, and looks for revisions that its jobs name. */
export type PolicyRequests = Required<Pick<EngineOptions, 'refreshPolicies' | 'onUnknownRevision'>>;

export interface FollowOptions extends PolicyFollowers {
  readonly source: PolicySource;
  readonly now: () => Date;
}

/** The engine's requests of a source; `followers` is read at each use, for the engine is made after its options. */
export function createPolicyRequests(followers: () => FollowOptions): PolicyRequests {
  const lookedAt = new Map<string, number>();
  return {
    async refreshPolicies({ commit }) {
      const { source, onNew } = followers();
      if (commit !== null && source.isAt(commit)) return true;
      if (await source.refresh()) onNew();
      const condition = source.condition();
      if (condition?.reason !== 'fetch_error') return condition === null;
      throw new ReconcileError('POLICY_UNREACHABLE', condition.message);
    },
    onUnknownRevision(revision) {
      const { source, now, ...rest } = followers();
      const sinceMs = now().getTime() - (lookedAt.get(revision) ?? Number.NEGATIVE_INFINITY);
      if (sinceMs < SAME_AGAIN_MS) return;
      lookedAt.delete(revision);
      lookedAt.set(revision, now().getTime());
      for (const oldest of [...lookedAt.keys()].slice(0, -REMEMBERED)) lookedAt.delete(oldest);
      void refreshPolicies(source, rest);
    },
  };
}

/** Refreshes whenever the origin says so, until the function it returns is called. */
export function followOrigin(
  origin: Pick<PolicyOrigin, 'watch'>,
  { source, ...followers }: FollowOptions,
): () => void {
  return origin.watch(async () => await refreshPolicies(source, followers));
}

export interface FirstSetOptions {
  readonly load: () => Promise<LoadedSet>;
  readonly metrics: Pick<Metrics, 'recordPolicyLoad'>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * The first good set: without one there is nothing to do, so a remote that is away is waited for, and a set that is
 * wrong too, since the next commit may mend it. Throws CANCELLED when the signal is aborted.
 */
export async function awaitFirstSet(options: FirstSetOptions): Promise<LoadedSet> {
  const { load, metrics, log, signal, now } = options;
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_RETRY_MS)) {
    try {
      return await load();
    } catch (error) {
      const reason = error instanceof SourceError ? error.reason : 'invalid';
      const message = error instanceof Error ? error.message : String(error);
      metrics.recordPolicyLoad(reason, null, now());
      log.error({ reason, error: message, again_in_ms: waitMs }, 'no policy set yet; not ready');
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw cancelled();
  }
}

function cancelled(): ReconcileError {
  return new ReconcileError(
    'CANCELLED',
    'Cannot start the service: it was told to stop before there was a policy set, wanted no signal',
  );
}
