import type { InUsePlace } from '../model/in-use.ts';
import { createInUseReader, type InUseMemory, type InUseReader } from '../sources/in-use.ts';
import type { Store } from '../store/store.ts';

type Facts = Pick<Store, 'learned' | 'learn'>;

/** What a pass asks about contents in use; nothing when nothing is configured. */
export interface InUsePart {
  readonly inUse?: InUseReader;
}

/** The reader of the configured list; `store` null: a command, which remembers nothing. */
export function inUsePart(
  place: InUsePlace | null,
  store: Facts | null,
  now: () => Date,
): InUsePart {
  if (place === null) return {};
  const memory = store === null ? null : memoryIn(store);
  return { inUse: createInUseReader({ place, memory, now }) };
}

/** No account has such a name. */
const INSTANCE = '*';
const FACT = 'in-use-filled';

function memoryIn(store: Facts): InUseMemory {
  return {
    wasFilled: async () => (await store.learned(INSTANCE, FACT)) !== null,
    noteFilled: async () => await store.learn(INSTANCE, FACT, 'yes'),
  };
}
