import type { Target } from '../model/target.ts';
import type { Store } from '../store/store.ts';

/** False: the store does not answer. */
export async function forget(store: Pick<Store, 'forget'>, target: Target): Promise<boolean> {
  return await store.forget(target).then(
    () => true,
    () => false,
  );
}

/**
 * True: nothing was ever known of the target, and nothing is kept. Whoever can send an event can name anything, so what
 * nobody ever saw must neither fill the store nor count as a failure; sweeps tell of what is there and cannot be read.
 */
export async function forgetStray(
  store: Pick<Store, 'forget' | 'target'>,
  target: Target,
): Promise<boolean> {
  try {
    if ((await store.target(target)) !== null) return false;
    return await forget(store, target);
  } catch {
    return false;
  }
}
