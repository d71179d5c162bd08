import { ReconcileError } from '../model/errors.ts';
import type { Operation, OperationType } from '../model/plan.ts';
import { type Target, targetKey } from '../model/target.ts';
import type { Provider } from '../providers/provider.ts';

/** Looks at the target right before a write, and at the copy right after it. */
export interface Checker {
  /** Forgets what was seen so far: the next look is a fresh one. */
  renew(): void;
  /** False: a delete has nothing left to do. Throws TARGET_CHANGED when a name is not what the plan was made for. */
  before(operation: Operation, signal: AbortSignal): Promise<boolean>;
  /** Throws TARGET_CHANGED when a copy reads back as something else. */
  after(operation: Operation, signal: AbortSignal): Promise<void>;
}

/** Reads names one by one, except on VM images, where one listing answers for all keys of a run of writes. */
export function createChecker(provider: Provider, target: Target): Checker {
  return provider.capabilities.kind === 'image'
    ? createTagChecker(provider, target)
    : createKeyChecker(provider, target);
}

/** Calls of clouds that refuse to bind a name that is bound; a promotion writes manifests, which replace what is there. */
const MAKES_TAGS: ReadonlySet<OperationType> = new Set(['add', 'copy']);

function createTagChecker(provider: Provider, target: Target): Checker {
  const valueOf = async (place: Target, name: string, signal: AbortSignal): Promise<Current> => {
    const tag = await provider.read(place, name, signal);
    return tag === null ? { bound: false } : { bound: true, value: tag.value };
  };
  return {
    // Each name is read anew for each write.
    renew: () => {},
    async before(operation, signal) {
      if ('from' in operation) {
        const place = operation.type === 'promote' ? operation.source : target;
        const source = await valueOf(place, operation.from, signal);
        requireValue(source, operation.value, { operation, target, name: operation.from });
      }
      // A free name needs no look for a copy: a registry with that call refuses to create a tag that is there.
      if (MAKES_TAGS.has(operation.type) && operation.replaces === null) return true;
      return checkOwn(await valueOf(target, operation.tag, signal), operation, target);
    },
    async after(operation, signal) {
      if (!('from' in operation)) return;
      const result = await valueOf(target, operation.tag, signal);
      requireValue(result, operation.value, { operation, target, name: operation.tag });
    },
  };
}

/**
 * The listing is renewed before the first delete of a run, as adds come before deletes and take a while, and before each group
 * of writes that go out together. Free keys
 * are checked too: an add would silently replace what somebody else has put there meanwhile.
 */
function createKeyChecker(provider: Provider, target: Target): Checker {
  let seen: Map<string, string | null> | null = null;
  let deleting = false;
  return {
    renew() {
      seen = null;
    },
    async before(operation, signal) {
      const startsDeleting = operation.type === 'delete' && !deleting;
      if (seen === null || startsDeleting) {
        const { tags } = await provider.list(target, signal);
        seen = new Map(tags.map(({ name, value }) => [name, value]));
      }
      deleting = operation.type === 'delete';
      const value = seen.get(operation.tag);
      const current: Current = value === undefined ? { bound: false } : { bound: true, value };
      return checkOwn(current, operation, target);
    },
    after(operation) {
      if (operation.type === 'delete') seen?.delete(operation.tag);
      else seen?.set(operation.tag, operation.value);
      return Promise.resolve();
    },
  };
}

type Current = { readonly bound: false } | { readonly bound: true; readonly value: string | null };

function checkOwn(current: Current, operation: Operation, target: Target): boolean {
  if (operation.type === 'delete') {
    if (!current.bound) return false;
    // Some registries never tell a digest; there is nothing to compare then.
    if (operation.replaces === null) return true;
  }
  requireValue(current, operation.replaces, { operation, target, name: operation.tag });
  return true;
}

interface Subject {
  readonly operation: Operation;
  readonly target: Target;
  readonly name: string;
}

function requireValue(current: Current, wanted: string | null, subject: Subject): void {
  const value = current.bound ? current.value : null;
  if (value === wanted && current.bound === (wanted !== null)) return;
  const { operation, target, name } = subject;
  const deed = `Cannot ${operation.type} "${operation.tag}" at "${targetKey(target)}"`;
  const message = `${deed}: "${name}" is ${render(current)}, ${renderValue(wanted)} was expected`;
  throw new ReconcileError('TARGET_CHANGED', message);
}

function render(current: Current): string {
  return current.bound ? (current.value ?? 'of unknown content') : 'not bound';
}

function renderValue(value: string | null): string {
  return value ?? 'a free name';
}
