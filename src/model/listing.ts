import type { ListedTag } from './tag.ts';
import type { Target } from './target.ts';

/** The complete tags of a target at one moment. An incomplete listing is an error, never a shorter listing. */
export interface Listing {
  readonly target: Target;
  readonly tags: readonly ListedTag[];
}
