import type { Preflight } from '../cli/app.ts';
import type { Clouds } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import { ReconcileError } from '../model/errors.ts';
import { shortRevision } from '../model/revision.ts';
import type { PolicyOrigin } from '../sources/origin.ts';
import type { Loaded } from './load-policies.ts';
import { probeAccount } from './probe-account.ts';

/** What came of reading the policies. */
export type FirstLoad =
  | { readonly loaded: Loaded; readonly problem: null }
  | { readonly loaded: null; readonly problem: unknown };

export interface PreflightParts {
  readonly config: Pick<Config, 'accounts' | 'file' | 'queue'>;
  readonly clouds: Pick<Clouds, 'providers'>;
  readonly origin: Pick<PolicyOrigin, 'read' | 'shownAs'>;
  /** False: a folder, of which there is nothing to tell beyond its policies. */
  readonly isRemote: boolean;
  readonly first: FirstLoad;
}

/** The policies and their repository, one harmless read an account, then the queue. */
export async function preflight(
  { config, clouds, ...policies }: PreflightParts,
  signal: AbortSignal,
): Promise<readonly Preflight[]> {
  const { probeQueue } = await import('../queue/backend.ts');
  const set = policies.first.loaded?.set ?? null;
  const accounts = [...clouds.providers].map(async ([account, provider]): Promise<Preflight> => {
    return await attempt(`account ${account}`, async () => {
      const how = await probeAccount(provider, set, signal);
      const endpoint = config.accounts.find(({ name }) => name === account)?.endpoint ?? '';
      return `${provider.name} at ${endpoint} accepts the credential${how}`;
    });
  });
  return [
    { check: 'configuration', problem: null, detail: config.file },
    ...(await checkPolicies(policies)),
    ...(await Promise.all(accounts)),
    await attempt('queue', async () => await probeQueue(config.queue)),
  ];
}

async function checkPolicies(
  parts: Pick<PreflightParts, 'origin' | 'isRemote' | 'first'>,
): Promise<readonly Preflight[]> {
  const { origin, isRemote, first } = parts;
  const { loaded, problem } = first;
  const set = await attempt('policies', async () => {
    if (loaded === null) throw problem;
    const { policies, revision } = loaded.set;
    return await Promise.resolve(
      `${policies.length} policies, revision ${shortRevision(revision)}`,
    );
  });
  if (!isRemote) return [set];
  const source = await attempt(`policy source ${origin.shownAs}`, async () => {
    // What did not answer a moment ago is not waited for again.
    if (isUnreachable(problem)) throw problem;
    const { revision, committedAt } = await origin.read();
    const time = committedAt === null ? '' : `, of ${committedAt.toISOString()}`;
    return `answers; its head is ${shortRevision(revision)}${time}`;
  });
  return isUnreachable(problem) ? [source] : [source, set];
}

/** The place policies come from did not answer, or has no such ref. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ReconcileError && error.code === 'POLICY_UNREACHABLE';
}

async function attempt(check: string, run: () => Promise<string>): Promise<Preflight> {
  try {
    return { check, problem: null, detail: await run() };
  } catch (error) {
    return { check, problem: error instanceof Error ? error.message : String(error), detail: '' };
  }
}
