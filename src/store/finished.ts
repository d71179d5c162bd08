import { targetKey } from '../model/target.ts';
import { quote } from './place.ts';
import type { FinishedPass } from './store.ts';

/** One of each target, the one that was given last: a statement cannot change a row twice. */
export function lastOfEach(passes: readonly FinishedPass[]): readonly FinishedPass[] {
  const byKey = new Map(passes.map((pass) => [keyOfPass(pass), pass]));
  return byKey.size === passes.length ? passes : [...byKey.values()];
}

/** Key of the target. */
export function keyOfPass({ record }: FinishedPass): string {
  return targetKey(record.target);
}

/** Completes "Cannot …" for the pass over one target. */
export function finishing({ record }: FinishedPass): string {
  return `keep the pass over ${quote(record.target)}`;
}
