import fc from 'fast-check';
import type { Operation } from '../../src/model/plan.ts';

/** Cases each law is tried with. */
export const CASES = 10_000;
/** A law may take this long on a machine that is busy with others. */
export const LAW_TIMEOUT_MS = 120_000;
export const ANY = { guards: { maxDeletePercent: 100 } };

/** Tries a law; the seed of a failure is printed and can be given here. */
export function law<Given>(given: fc.Arbitrary<Given>, holds: (given: Given) => void): void {
  fc.assert(fc.property(given, holds), { numRuns: CASES });
}

/** `copy stable`, `delete ci-1`: what a plan does. */
export function deeds(operations: readonly Operation[]): string[] {
  return operations.map(({ type, tag }) => `${type} ${tag}`);
}
