import fc from 'fast-check';
import type { RunHeader, TargetRecord } from '../../src/model/history.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Target } from '../../src/model/target.ts';
import type { PassFacts, PassStart } from '../../src/store/store.ts';

export const NOON = new Date('2026-03-01T12:00:00.000Z');
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** NOON and some milliseconds more, or less. */
export function noon(plusMs = 0): Date {
  return new Date(NOON.getTime() + plusMs);
}

export function aTarget(path = 'shop/web', account = 'swr'): Target {
  return { account, path };
}

/** What a process says of itself when it begins a pass. */
export function aStart(crash: string | null = null, process = 'here'): PassStart {
  return { crash, process };
}

export function anOperation(tag = 'v1'): Operation {
  return {
    type: 'add',
    tag,
    value: 'platform',
    replaces: null,
    policy: 'golden-images',
    rule: 'tags.ensure.owner',
    mode: 'sync',
    because: 'missing',
  };
}

export function aRecord(overrides: Partial<TargetRecord> = {}): TargetRecord {
  return {
    target: aTarget(),
    provider: 'huawei-swr',
    name: null,
    status: 'in-sync',
    passedAt: noon(),
    since: noon(),
    revision: 'sha256:1',
    correlationId: 'sweep-1',
    runId: null,
    baseline: null,
    planDigest: null,
    verdict: null,
    pending: [],
    pendingCount: 0,
    findings: [],
    error: null,
    ...overrides,
  };
}

export function aRun(overrides: Partial<RunHeader> = {}): RunHeader {
  return {
    id: 'run-1',
    target: aTarget(),
    startedAt: noon(),
    cause: 'schedule',
    correlationId: 'sweep-1',
    revision: 'sha256:1',
    planDigest: 'sha256:2',
    ...overrides,
  };
}

/** Texts a cloud or a person may come up with; no store needs to take NUL in names. */
export const texts = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('"', "'", '\n', '{}', '\u2028'),
  )
  .map((text) => text.replaceAll('\0', ''));

const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const reasoned = {
  tag: texts,
  policy: texts,
  rule: texts,
  mode: fc.constantFrom('observe', 'create-only', 'upsert-only', 'sync'),
  because: texts,
} as const;

export const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    type: fc.constant('add' as const),
    ...reasoned,
    value: texts,
    replaces: nullable(texts),
  }),
  fc.record({
    type: fc.constant('copy' as const),
    ...reasoned,
    from: texts,
    value: texts,
    replaces: nullable(texts),
  }),
  fc.record({
    type: fc.constant('delete' as const),
    ...reasoned,
    replaces: nullable(texts),
    makesRoomFor: nullable(texts),
  }),
);

const times = fc.date({
  min: new Date('2000-01-01'),
  max: new Date('2100-01-01'),
  noInvalidDate: true,
});

/** Records of one target with anything in them. */
export const records: fc.Arbitrary<TargetRecord> = fc.record({
  target: fc.constant(aTarget()),
  provider: texts,
  name: nullable(texts),
  status: fc.constantFrom('in-sync', 'drifted', 'refused', 'unknown'),
  passedAt: times,
  since: times,
  revision: texts,
  correlationId: texts,
  runId: nullable(fc.uuid()),
  baseline: nullable(fc.nat()),
  planDigest: nullable(texts),
  verdict: nullable(
    fc.oneof(
      fc.constant({ safe: true as const }),
      fc.record({ safe: fc.constant(false as const), reasons: fc.array(texts, { maxLength: 3 }) }),
    ),
  ),
  pending: fc.array(operations, { maxLength: 3 }),
  pendingCount: fc.nat(),
  findings: fc.array(
    fc.record({
      severity: fc.constantFrom('info', 'warning', 'error'),
      policy: texts,
      rule: nullable(texts),
      message: texts,
    }),
    { maxLength: 3 },
  ),
  error: nullable(
    fc.record({ code: fc.constantFrom('INTERNAL', 'PROVIDER_AUTH'), message: texts }),
  ),
});

/** What begin() tells of a target that nobody knows. */
export const NO_FACTS: PassFacts = {
  baseline: null,
  isOfNewerRelease: false,
  quarantinedUntil: null,
  crashes: 0,
  crashesInRow: 0,
  deaths: 0,
};
