import { type ErrorCode, ReconcileError } from '../../src/model/errors.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Performed } from '../../src/model/report.ts';
import { createMemoryProvider, type MemoryProvider } from '../support/memory-provider.ts';
import {
  aChannel,
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  IMAGE_CAPABILITIES,
  planImage,
  planRepository,
  RESOURCE_CAPABILITIES,
} from '../support/policies.ts';
import { anImageTag, labels } from '../support/tags.ts';

export const signal = new AbortController().signal;
const ANY = { guards: { maxDeletePercent: 100 } };
export const TEN = Object.fromEntries(
  Array.from({ length: 10 }, (_, index) => [`k${index}`, `${index}`]),
);

/** `previous` and `stable` move, `ci-1` and `ci-2` go. */
export function aRepository(): { provider: MemoryProvider; plan: Plan } {
  const tags = [
    ...['1.0.0', '1.1.0', 'ci-1', 'ci-2'].map((name) => anImageTag(name)),
    anImageTag('stable', '1.0.0'),
  ];
  const policy = anImagePolicy({
    channels: [aChannel({ backup: 'previous' })],
    retain: [aRetain({ pattern: 'ci-.*' })],
  });
  const plan = planRepository(tags, [policy], ANY);
  return { provider: createMemoryProvider(tags, IMAGE_CAPABILITIES), plan };
}

export function anImage(
  before: Record<string, string>,
  policy: Parameters<typeof aResourcePolicy>[0],
): { provider: MemoryProvider; plan: Plan } {
  const tags = labels(before);
  const plan = planImage(tags, [aResourcePolicy(policy)], ANY);
  return { provider: createMemoryProvider(tags, RESOURCE_CAPABILITIES), plan };
}

export function outcomes(performed: readonly Performed[]): string[] {
  return performed.map(
    ({ operation: { type, tag }, outcome }) => `${type} ${tag} ${outcome?.status}`,
  );
}

export function failing(provider: MemoryProvider, at: string, code: ErrorCode): void {
  provider.before = (call) => {
    if (call === at) throw new ReconcileError(code, `Cannot ${call}: it was made to fail`);
  };
}
