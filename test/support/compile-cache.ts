/** Names the folder of this run; the set-up of the tests makes and removes it. */
export const CACHE_VARIABLE = 'TAGWARDEN_TEST_CACHE';

/**
 * Environment for a process that runs from source: compiled code is kept between processes, which halves what a start
 * costs. Not for the tests' own processes, where it would blur the coverage.
 */
export function compileCache(): Readonly<Record<string, string>> {
  const folder = process.env[CACHE_VARIABLE];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
