import type { Batch } from '../../src/providers/provider.ts';
import type { MemoryProvider } from '../support/memory-provider.ts';

/** The same cloud with a call for several operations; each still shows among the calls by itself, after `batch add a b`. */
export function batching(provider: MemoryProvider, limit = 10): MemoryProvider {
  const batch: Batch = {
    types: new Set(['add', 'delete']),
    limit,
    async perform(target, writes, signal) {
      const names = writes.map(({ operation }) => operation.tag);
      provider.calls.push(['batch', writes[0]?.operation.type, ...names].join(' '));
      return await Promise.allSettled(
        writes.map(({ operation, check }) => provider.perform(target, operation, check, signal)),
      );
    },
  };
  return Object.assign(provider, { batch });
}

/** What went out: batches, and writes that were in none. */
export function requestsOf({ calls }: MemoryProvider): string[] {
  const requests: string[] = [];
  let inside = 0;
  for (const call of calls) {
    if (inside > 0) {
      inside -= 1;
      continue;
    }
    if (call.startsWith('batch ')) inside = call.split(' ').length - 2;
    requests.push(call);
  }
  return requests;
}
