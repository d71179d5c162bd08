import { targetKey } from '../model/target.ts';
import type { FinishedPass } from './store.ts';

/** One of each target, the one that was given last: a statement cannot change a row twice. */
export function lastOfEach(passes: readonly FinishedPass[]): readonly FinishedPass[] {
  const byKey = new Map(passes.map((pass) => [targetKey(pass.record.target), pass]));
  return byKey.size === passes.length ? passes : [...byKey.values()];
}
