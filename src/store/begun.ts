import { type Target, targetKey } from '../model/target.ts';
import type { Gathering } from './gather.ts';
import { quote } from './place.ts';
import type { PassFacts, PassStart } from './store.ts';

/** What begin() is told of one pass. */
export interface BegunPass extends PassStart {
  readonly target: Target;
  readonly now: Date;
}

/** How passes that begin at once are asked for together, whatever keeps them. */
export const BEGINNING = {
  what: ({ target }) => `begin a pass over ${quote(target)}`,
  keyOf: ({ target }) => targetKey(target),
} satisfies Partial<Gathering<BegunPass, PassFacts>>;
