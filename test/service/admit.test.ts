import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admit, isTrusted } from '../../src/service/admit.ts';
import { createLog } from '../../src/telemetry/log.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const REQUEST = {
  target: { account: 'ims-north', path: 'a' },
  reason: 'schedule',
  correlationId: 'c',
  revision: 'sha256:1',
  attributes: null,
  observedAt: null,
  attempt: 1,
  crash: null,
  wasPutOff: false,
} as const;

test('isTrusted() spares the question exactly where admit() would give a pass', async () => {
  const scrubber = { scrub: (text: string) => text };
  const log = createLog({ level: 'error', fields: {}, scrubber, write: () => {} });
  const parts = { store: { quarantine: async () => {} }, log, now: () => NOW, random: () => 0.5 };
  const facts = fc.record({
    baseline: fc.constant(null),
    isOfNewerRelease: fc.boolean(),
    quarantinedUntil: fc.constantFrom(null, NOW),
    crashes: fc.nat({ max: 12 }),
    crashesInRow: fc.nat({ max: 12 }),
    deaths: fc.nat({ max: 40 }),
  });

  await fc.assert(
    fc.asyncProperty(facts, async (seen) => {
      const refusal = await admit(parts, REQUEST, seen);

      expect(isTrusted(seen)).toBe(refusal === null);
    }),
    { numRuns: 300 },
  );
});
