import { ReconcileError } from '../model/errors.ts';
import type { PolicySet } from '../model/policy.ts';
import { discoveryHints } from '../policy/selector.ts';
import type { Provider } from '../providers/provider.ts';

/** Lists the tags of the first target found; tells what is to be known besides. */
export async function probeAccount(
  provider: Provider,
  set: PolicySet | null,
  signal: AbortSignal,
): Promise<string> {
  const found = provider.discover({ visibility: null, paths: null }, signal);
  try {
    const first = await firstOf(found);
    // Some calls carry the project in their path, and only they show that it is wrong.
    if (first !== null) await provider.list(first.target, signal);
    return '';
  } catch (error) {
    // Hosted registries refuse their catalog, which nobody needs where policies name the repositories.
    const [path] = set === null ? [] : (namedPaths(set, provider.account) ?? []);
    const isRefused = error instanceof ReconcileError && error.code === 'PROVIDER_FORBIDDEN';
    if (provider.name !== 'oci' || !isRefused || path === undefined) throw error;
    await provider.list({ account: provider.account, path }, signal);
    return ', refuses to list its repositories; policies name all they need';
  }
}

async function firstOf<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item | null> {
  for await (const [first] of pages) if (first !== undefined) return first;
  return null;
}

/** Paths of an account that policies name; null: one of them has to discover more. */
function namedPaths({ policies }: PolicySet, account: string): readonly string[] | null {
  const hints = policies.flatMap((policy) => {
    const hint = policy.suspend ? undefined : discoveryHints(policy).get(account);
    return hint === undefined ? [] : [hint];
  });
  const paths = hints.flatMap((hint) => hint.paths ?? []);
  return hints.some((hint) => hint.paths === null) ? null : paths;
}
