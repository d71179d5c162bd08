import type { Config } from '../config/load.ts';
import { targetKey } from '../model/target.ts';
import type { EngineOptions, SweepRequest } from '../queue/engine.ts';
import type { Store } from '../store/store.ts';
import { discoverPolicy } from '../sweep.ts';
import { createScreen, type ScreenParts } from './screen.ts';

export interface SweepParts extends Omit<ScreenParts, 'config' | 'store'> {
  readonly config: ScreenParts['config'] & Pick<Config, 'sweeps'>;
  readonly store: ScreenParts['store'] & Pick<Store, 'quarantined' | 'learned' | 'learn'>;
  /** Gives a sweep the memory it wants until disposed of. Absent: it has what there is. */
  readonly roomForSweep?: () => Disposable;
}

/** Opens sweeps that spend a pass only on targets that may need one. */
export function createSweeps(parts: SweepParts): NonNullable<EngineOptions['openSweep']> {
  return async (request) => {
    const { clouds, source, store, config } = parts;
    const { policy, correlationId } = request;
    const seenAt = clouds.now();
    const isAsked = isAskedFor(request);
    const sinceFull = await readSinceFull(store, policy.name);
    const isFull = isAsked || sinceFull + 1 >= config.sweeps.fullEvery;
    // Whose passes end badly is left to its passes.
    const apart = new Set((await store.quarantined(seenAt)).map(({ target }) => targetKey(target)));
    const screen = createScreen(parts, { seenAt, isFull, correlationId, apart });
    return {
      discover: (signal) => {
        const scope = { providers: clouds.providers, set: source.current() };
        const pages = discoverPolicy({ ...scope, tags: !isAsked, isFull }, policy, signal);
        return withRoom(pages, parts.roomForSweep);
      },
      screen: async (chunk) => (isAsked ? chunk : await screen(chunk)),
      // Only now, so that a full sweep that broke off is made again.
      completed: async () => {
        await store.learn(INSTANCE, factOf(policy.name), String(isFull ? 0 : sinceFull + 1));
      },
    };
  };
}

async function* withRoom<Page>(
  pages: AsyncIterable<Page>,
  room: SweepParts['roomForSweep'],
): AsyncGenerator<Page> {
  using _room = room?.();
  yield* pages;
}

/** A person wants a look, and an event may know of a change before the cloud's lists do. */
function isAskedFor({ reason }: SweepRequest): boolean {
  return reason === 'manual' || reason === 'webhook';
}

/** No account has such a name. */
const INSTANCE = '*';

function factOf(policy: string): string {
  return `sweeps-since-full.${policy}`;
}

/** A store that knows of none has no marks by which a target could be passed over. */
async function readSinceFull(store: Pick<Store, 'learned'>, policy: string): Promise<number> {
  return Number.parseInt((await store.learned(INSTANCE, factOf(policy))) ?? '0', 10) || 0;
}
