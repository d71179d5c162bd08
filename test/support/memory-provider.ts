import type { Capabilities } from '../../src/model/capabilities.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import type { Provider } from '../../src/providers/provider.ts';

export interface MemoryProvider extends Provider {
  /** The cloud's truth; tests change it to play somebody else. */
  readonly state: Map<string, string | null>;
  /** Other targets by path; null: not there. Any other path is the one target. */
  readonly others: Map<string, readonly ListedTag[] | null>;
  /** Calls in order, such as `list`, `read stable`, `copy stable`. */
  readonly calls: string[];
  /** Asked before every call; throw to fail it. */
  before: (call: string, operation: Operation | null) => void;
  /** What happens while a write waits for its turn. */
  waiting: (operation: Operation) => void;
}

/** One target of a cloud held in memory, strict about caps, free names and sources. */
export function createMemoryProvider(
  tags: readonly ListedTag[],
  capabilities: Capabilities,
): MemoryProvider {
  const state = new Map(tags.map(({ name, value }) => [name, value]));
  const times = new Map(tags.map((tag) => [tag.name, tag]));
  const call = (text: string, operation: Operation | null = null) => {
    provider.calls.push(text);
    provider.before(text, operation);
  };
  const provider: MemoryProvider = {
    name: capabilities.kind === 'image' ? 'huawei-swr' : 'huawei-ims',
    account: capabilities.kind === 'image' ? 'swr-north' : 'ims-north',
    capabilities,
    state,
    others: new Map(),
    calls: [],
    before: () => {},
    waiting: () => {},
    async *discover() {},
    describe: async () => ({}),
    async list(target) {
      const other = provider.others.get(target.path);
      call(other === undefined ? 'list' : `list ${target.path}`);
      if (other === null) {
        throw new ReconcileError('PROVIDER_NOT_FOUND', `Cannot list "${target.path}": it is gone`);
      }
      if (other !== undefined) return { target, tags: other };
      const listed = [...state].map(([name, value]) => {
        const { createdAt = null, updatedAt = null } = times.get(name) ?? {};
        return { name, value, createdAt, updatedAt };
      });
      return { target, tags: listed };
    },
    async read(_target, name) {
      call(`read ${name}`);
      const value = state.get(name);
      return value === undefined ? null : { name, value };
    },
    async perform(_target, operation, check) {
      provider.waiting(operation);
      check();
      call(`${operation.type} ${operation.tag}`, operation);
      write(state, operation, capabilities);
      return { attempts: 1 };
    },
    close: async () => {},
  };
  return provider;
}

function write(
  state: Map<string, string | null>,
  operation: Operation,
  { maxTags }: Capabilities,
): void {
  if (operation.type === 'delete') {
    state.delete(operation.tag);
    return;
  }
  if (maxTags !== null && !state.has(operation.tag) && state.size >= maxTags) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `Cannot add "${operation.tag}": the target is full`,
    );
  }
  if (operation.type === 'add') {
    state.set(operation.tag, operation.value);
    return;
  }
  if (operation.replaces === null && state.has(operation.tag)) {
    throw new ReconcileError('PROVIDER_CONFLICT', `Cannot copy to "${operation.tag}": it exists`);
  }
  const value = state.get(operation.from);
  if (value === undefined) {
    throw new ReconcileError(
      'PROVIDER_NOT_FOUND',
      `Cannot copy "${operation.from}": it is missing`,
    );
  }
  state.set(operation.tag, value);
}
