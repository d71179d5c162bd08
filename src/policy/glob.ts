import { globMatcher } from '../model/glob.ts';
import { memoize } from './memo.ts';

/** Compiles one glob; throws on one that cannot be compiled. */
export const compileGlob = memoize(5_000, (glob) => globMatcher([glob]));

/** True for names that any of the globs matches whole. */
export function matchesAny(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => compileGlob(glob)(name));
}
