import type { Store } from '../store/store.ts';

/** The same store; the reason a person gives for a pause is kept for all to read, so secrets in it are blanked first. */
export function cleaningPauses<S extends Pick<Store, 'pause'>>(
  store: S,
  scrub: (text: string) => string,
): S {
  return {
    ...store,
    pause: async (pause) => await store.pause({ ...pause, reason: scrub(pause.reason) }),
  };
}
