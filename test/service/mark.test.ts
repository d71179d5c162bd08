import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import {
  fingerprintOf,
  markAfter,
  markPlace,
  markState,
  type Surroundings,
} from '../../src/service/mark.ts';
import { inSync } from '../queue/support.ts';
import { anOperation } from '../store/samples.ts';
import { aChannel, anImagePolicy, aResourcePolicy } from '../support/policies.ts';
import { hoursAgo, IMAGE, labels, NOW } from '../support/tags.ts';

const AROUND: Surroundings = {
  revision: 'sha256:1',
  policies: [aResourcePolicy({ ensure: { a: 'b' } })],
  protect: [],
  maxDeletePercent: 30,
  asksInUse: false,
  now: NOW,
};
const exemption = { target: '**', tags: [], until: hoursAgo(-1), reason: 'x' };

function told(tags: Readonly<Record<string, string>>, attributes = {}) {
  return fingerprintOf({ target: IMAGE, attributes, tags: labels(tags) });
}

describe('fingerprintOf()', () => {
  test('fingerprintOf() is the same for two lists of tags only when they hold the same', () => {
    const tags = fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(tags, tags, (one, other) => {
        const isSame = isDeepStrictEqual({ ...one }, { ...other });

        expect(told(one) === told(other)).toBe(isSame);
      }),
    );
  });

  test('fingerprintOf() does not go by the order of tags', () => {
    expect(told({ a: '1', b: '2' })).toBe(told({ b: '2', a: '1' }));
  });

  test('fingerprintOf() keeps keys and values apart', () => {
    expect(told({ ab: 'c' })).not.toBe(told({ a: 'bc' }));
    expect(told({ a: '1:b' })).not.toBe(told({ a: '', b: '' }));
  });

  test('fingerprintOf() goes by the facts, too', () => {
    expect(told({}, { name: 'a' })).not.toBe(told({}, { name: 'b' }));
  });

  test('fingerprintOf() takes what the provider says where it tells no tags', () => {
    const target = { target: IMAGE, attributes: {} };

    expect(fingerprintOf({ ...target, fingerprint: '3 x' })).toBe('3 x');
    expect(fingerprintOf({ ...target, tags: null, fingerprint: null })).toBeNull();
    expect(fingerprintOf(target)).toBeNull();
  });
});

describe('markPlace()', () => {
  test.each<[string, Partial<Surroundings>]>([
    ['the revision', { revision: 'sha256:2' }],
    ['what policies select the target', { policies: [aResourcePolicy({}, { name: 'other' })] }],
    ['protected names', { protect: ['a'] }],
    ['a guard', { maxDeletePercent: 10 }],
    ['an exemption', { policies: [aResourcePolicy({}, { exemptions: [exemption] })] }],
  ])('markPlace() changes with %s', (_what, change) => {
    expect(markPlace({ ...AROUND, ...change })).not.toBe(markPlace(AROUND));
    expect(markPlace({ ...AROUND, ...change })).toMatch(/^[\w-]{22}$/);
  });

  test('markPlace() changes when an exemption ends, and not before', () => {
    const policies = [aResourcePolicy({}, { exemptions: [exemption] })];
    const at = (now: Date) => markPlace({ ...AROUND, policies, now });

    expect(at(hoursAgo(5))).toBe(at(NOW));
    expect(at(hoursAgo(-1))).not.toBe(at(NOW));
  });

  test('markPlace() is none where the plan goes by more than the own tags', () => {
    const clock = anImagePolicy({ channels: [aChannel({ minAgeMs: 1 })] });

    expect(markPlace({ ...AROUND, policies: [clock] })).toBeNull();
    expect(markPlace({ ...AROUND, policies: [anImagePolicy({})], asksInUse: true })).toBeNull();
    expect(markPlace({ ...AROUND, asksInUse: true })).not.toBeNull();
  });
});

describe('markState()', () => {
  test('markState() changes with place and fingerprint', () => {
    const marks = [markState('a', 'b'), markState('a', 'c'), markState('b', 'b')];

    expect(new Set(marks).size).toBe(3);
    expect(markState('a', 'b')).toBe(marks[0]);
  });
});

describe('markAfter()', () => {
  const clock = anImagePolicy({ channels: [aChannel({ minAgeMs: 1 })] });
  const operation = anOperation();
  const applied = { operation, outcome: { status: 'applied', attempts: 1 } } as const;
  const aReport = (overrides: Partial<Report> = {}): Report =>
    ({ ...inSync(IMAGE), ...overrides }) as Report;

  test('markAfter() a pass that found nothing to do stands for the state it was sent to', () => {
    const place = markPlace(AROUND) ?? '';

    expect(markAfter(aReport(), '3 x', () => AROUND)).toBe(markState(place, '3 x'));
  });

  test.each<[string, Report, string | null | undefined, Surroundings]>([
    ['a pass that wrote', aReport({ performed: [applied] }), '3 x', AROUND],
    ['a pass that left drift', aReport({ status: 'drifted' }), '3 x', AROUND],
    ['a pass that was refused', aReport({ status: 'refused' }), '3 x', AROUND],
    ['a pass nobody gave a fingerprint', aReport(), undefined, AROUND],
    ['a provider that tells none', aReport(), null, AROUND],
    ['rules that go by the clock', aReport(), '3 x', { ...AROUND, policies: [clock] }],
  ])('markAfter() %s there is none', (_what, report, fingerprint, around) => {
    expect(markAfter(report, fingerprint, () => around)).toBeNull();
  });
});
