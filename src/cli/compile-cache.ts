import { flushCompileCache } from 'node:module';

/** Late enough that a first sweep has run: what it compiled is kept, too. */
const FLUSH_MS = 3_000;

/**
 * Leaves compiled code behind for the next start where NODE_COMPILE_CACHE names a folder. Node does so at an orderly end
 * only, and it is after crashes that a start should cost little.
 */
export function leaveCompiledCode(): void {
  setTimeout(flushCompileCache, FLUSH_MS).unref();
}
