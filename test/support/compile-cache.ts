/** Names the folder of this run; the set-up of the tests makes and removes it. */
export const CACHE_VARIABLE = 'TAGWARDEN_TEST_CACHE';

/**
 * Environment for a process that runs from source: compiled code is kept between processes, which halves what a start
 * costs. Not for the tests' own processes, where it would blur the coverage.
 */
export function compileCache(): Readonly<NodeJS.ProcessEnv> {
  const folder = process.env[CACHE_VARIABLE];
  if (folder === undefined) return {};
  // While coverage is measured, vitest forbids it to whatever the tests start, too.
  return { NODE_COMPILE_CACHE: folder, NODE_DISABLE_COMPILE_CACHE: undefined };
}
