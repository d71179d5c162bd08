import type { Hook, HookAccount } from '../../config/hooks.ts';
import type { ProviderName } from '../../model/account.ts';
import { globMatcher } from '../../model/glob.ts';
import type { Target } from '../../model/target.ts';
import type { HookEvent } from './hook.ts';

/** What is put into the queue for one delivery. */
export type Ask =
  | { readonly type: 'policies'; readonly commit: string | null }
  | { readonly type: 'targets'; readonly targets: readonly Target[] }
  /** Every target of these accounts. */
  | { readonly type: 'accounts'; readonly accounts: readonly string[] };

/** One delivery that names more is a bulk change: looking at everything is cheaper. */
const MOST_TARGETS = 100;

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+|\/)[a-z0-9]+)*$/;
const UHUB_IMAGE = /^\w[\w.-]*(?:\/\w[\w.-]*)+$/;
const IMAGE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The path a name has in an account, as its provider writes it; null: it has none there. */
const PATHS = {
  'huawei-swr': (name) => path(name, REPOSITORY, { slash: true }),
  'ucloud-uhub': (name) => path(name, UHUB_IMAGE, { slash: true }),
  oci: (name) => path(name, REPOSITORY, { slash: null }),
  'huawei-ims': (name) => path(name.toLowerCase(), IMAGE_ID, { slash: false }),
} as const satisfies Readonly<Record<ProviderName, (name: string) => string | null>>;

const MAX_PATH = 255;

interface Shape {
  /** Whether a path has several parts; null: it may. */
  readonly slash: boolean | null;
}

function path(name: string, shape: RegExp, { slash }: Shape): string | null {
  const hasParts = slash === null || name.includes('/') === slash;
  const isOne = name.length <= MAX_PATH && shape.test(name) && hasParts;
  return isOne ? name : null;
}

/**
 * What the event asks for within the hook's own accounts; null: nothing. A name that is none in an account is passed
 * over, and nothing else of the payload counts.
 */
export function askOf(hook: Hook, { name, look }: HookEvent): Ask | null {
  if (hook.events !== null && !hook.events.includes(name)) return null;
  const isWanted = hook.repositories === null ? () => true : globMatcher(hook.repositories);
  switch (look.type) {
    case 'nothing':
      return null;
    case 'policies':
      return isWanted(look.repository) ? { type: 'policies', commit: look.commit } : null;
    case 'everything':
      return { type: 'accounts', accounts: hook.accounts.map((account) => account.name) };
    case 'names':
      return askForNames(hook, look.names.filter(isWanted));
  }
}

function askForNames({ accounts }: Hook, names: readonly string[]): Ask | null {
  const targets = accounts.flatMap((account) => targetsOf(account, names));
  if (targets.length === 0) return null;
  if (targets.length <= MOST_TARGETS) return { type: 'targets', targets };
  const named = new Set(targets.map(({ account }) => account));
  return { type: 'accounts', accounts: [...named] };
}

function targetsOf({ name: account, provider }: HookAccount, names: readonly string[]): Target[] {
  const paths = names.flatMap((name) => PATHS[provider](name) ?? []);
  return [...new Set(paths)].map((found) => ({ account, path: found }));
}
