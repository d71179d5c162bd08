import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
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
import { anImageTag, aTag, digestOf, labels } from '../support/tags.ts';

const signal = new AbortController().signal;
const ANY = { guards: { maxDeletePercent: 100 } };
const TEN = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, `${index}`]));

/** `previous` and `stable` move, `ci-1` and `ci-2` go. */
function aRepository(): { provider: MemoryProvider; plan: Plan } {
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

function anImage(
  before: Record<string, string>,
  policy: Parameters<typeof aResourcePolicy>[0],
): { provider: MemoryProvider; plan: Plan } {
  const tags = labels(before);
  const plan = planImage(tags, [aResourcePolicy(policy)], ANY);
  return { provider: createMemoryProvider(tags, RESOURCE_CAPABILITIES), plan };
}

function outcomes(performed: readonly Performed[]): string[] {
  return performed.map(
    ({ operation: { type, tag }, outcome }) => `${type} ${tag} ${outcome?.status}`,
  );
}

function failing(provider: MemoryProvider, at: string, code: ErrorCode): void {
  provider.before = (call) => {
    if (call === at) throw new ReconcileError(code, `Cannot ${call}: it was made to fail`);
  };
}

describe('applyPlan()', () => {
  test('reads what it overwrites, copies from and deletes, and reads each copy back', async () => {
    const { provider, plan } = aRepository();

    const performed = await applyPlan(provider, plan, { signal });

    expect(provider.calls).toEqual([
      ...['read stable', 'copy previous', 'read previous'],
      ...['read 1.1.0', 'read stable', 'copy stable', 'read stable'],
      ...['read ci-1', 'delete ci-1', 'read ci-2', 'delete ci-2'],
    ]);
    expect(performed.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 4 }, () => ({ status: 'applied', attempts: 1 })),
    );
    expect(Object.fromEntries(provider.state)).toEqual({
      '1.0.0': digestOf('1.0.0'),
      '1.1.0': digestOf('1.1.0'),
      stable: digestOf('1.1.0'),
      previous: digestOf('1.0.0'),
    });
  });

  test('lets one listing answer for the adds of an image and one for its deletes', async () => {
    const { provider, plan } = anImage(
      { a: '0', x: '0', y: '0', z: '0' },
      { ensure: { a: '1', b: '1' }, remove: [{ by: 'glob', glob: '[xy]' }] },
    );

    await applyPlan(provider, plan, { signal });

    expect(provider.calls).toEqual(['list', 'add a', 'add b', 'list', 'delete x', 'delete y']);
  });

  test('performs nothing of a refused plan', async () => {
    const { provider, plan } = aRepository();

    const performed = await applyPlan(
      provider,
      { ...plan, verdict: { safe: false, reasons: ['no'] } },
      { signal },
    );

    expect(provider.calls).toEqual([]);
    expect(performed.map(({ outcome }) => outcome)).toEqual([null, null, null, null]);
  });

  test.each([
    ['an overwritten tag', 'stable', 'copy stable'],
    ['the source of a copy', '1.1.0', 'copy stable'],
    ['a tag to delete', 'ci-1', 'delete ci-1'],
  ])('stops with TARGET_CHANGED when %s is not what was listed', async (_name, tag, failed) => {
    const { provider, plan } = aRepository();
    provider.before = (call) => {
      if (call === 'read previous') provider.state.set(tag, digestOf('foreign'));
    };

    const performed = await applyPlan(provider, plan, { signal });

    const hit = outcomes(performed).indexOf(`${failed} failed`);
    expect(performed[hit]?.outcome).toEqual({
      status: 'failed',
      code: 'TARGET_CHANGED',
      error: expect.stringContaining(
        `: "${tag}" is ${digestOf('foreign')}, ${digestOf(tag === 'stable' ? '1.0.0' : tag)} was`,
      ),
    });
    expect(performed.slice(hit + 1).map(({ outcome }) => outcome?.status)).not.toContain('applied');
    expect(provider.calls).not.toContain(failed);
    expect(provider.state.get(tag)).toBe(digestOf('foreign'));
  });

  test.each<[string, Record<string, string>, (state: Map<string, string | null>) => void]>([
    ['a key to overwrite has changed', { a: '0' }, (state) => state.set('a', '2')],
    ['a key to overwrite is gone', { a: '0' }, (state) => state.delete('a')],
    ['a free key is taken', {}, (state) => state.set('a', '2')],
    ['a free key is taken by an empty value', {}, (state) => state.set('a', null)],
  ])('does not write when %s', async (_name, before, change) => {
    const { provider, plan } = anImage(before, { ensure: { a: '1' } });
    change(provider.state);

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed).toMatchObject([{ outcome: { status: 'failed', code: 'TARGET_CHANGED' } }]);
    expect(provider.calls).toEqual(['list']);
  });

  test('does not delete a key that got another value during the adds', async () => {
    const { provider, plan } = anImage(
      { x: '0', y: '0' },
      { ensure: { a: '1' }, remove: [{ by: 'glob', glob: 'x' }] },
    );
    provider.before = (call) => {
      if (call === 'add a') provider.state.set('x', 'precious');
    };

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual(['add a applied', 'delete x failed']);
    expect(provider.state.get('x')).toBe('precious');
  });

  test('counts a delete as applied, without a request, when the tag is gone already', async () => {
    const { provider, plan } = aRepository();
    provider.state.delete('ci-1');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[2]?.outcome).toEqual({ status: 'applied', attempts: 0 });
    expect(provider.calls).not.toContain('delete ci-1');
  });

  test('deletes a tag whose digest is never told', async () => {
    const tags = [aTag('a', null), aTag('b', null)];
    const provider = createMemoryProvider(tags, IMAGE_CAPABILITIES);
    const plan = planRepository(tags, [anImagePolicy({ retain: [aRetain({ pattern: 'a' })] })]);

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual(['delete a applied']);
    expect([...provider.state.keys()]).toEqual(['b']);
  });

  test('fails a delete of a known digest that is not told any more', async () => {
    const { provider, plan } = aRepository();
    provider.state.set('ci-1', null);

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[2]?.outcome).toMatchObject({
      code: 'TARGET_CHANGED',
      error: expect.stringContaining('"ci-1" is of unknown content'),
    });
  });

  test('fails a copy that reads back as something else', async () => {
    const { provider, plan } = aRepository();
    provider.before = (call) => {
      if (call === 'read previous') provider.state.set('previous', digestOf('foreign'));
    };

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[0]?.outcome).toMatchObject({ status: 'failed', code: 'TARGET_CHANGED' });
    expect(provider.calls).not.toContain('delete ci-1');
  });

  test('makes no delete after a failed copy, and overwrites nothing the copy was to save', async () => {
    const { provider, plan } = aRepository();
    failing(provider, 'copy previous', 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual([
      'copy previous failed',
      'copy stable skipped',
      'delete ci-1 skipped',
      'delete ci-2 skipped',
    ]);
    expect(
      performed.map(({ outcome }) => (outcome?.status === 'skipped' ? outcome.reason : null)),
    ).toEqual([
      null,
      'it depends on copy "previous", which was not done',
      '"previous" was not written, so nothing is deleted before the next pass',
      '"previous" was not written, so nothing is deleted before the next pass',
    ]);
  });

  test('keeps the temporary tag of a cycle when the cycle was not finished', async () => {
    const tags = [anImageTag('a'), anImageTag('b')];
    const copies = [
      { from: 'a', to: 'b', override: true },
      { from: 'b', to: 'a', override: true },
    ];
    const plan = planRepository(tags, [anImagePolicy({ copies })]);
    const provider = createMemoryProvider(tags, IMAGE_CAPABILITIES);
    failing(provider, 'copy a', 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed.map(({ outcome }) => outcome?.status)).toEqual([
      'applied',
      'applied',
      'failed',
      'skipped',
    ]);
    expect([...provider.state.values()]).toContain(digestOf('b'));
  });

  test('skips a copy that reads a temporary tag which was not made', async () => {
    const tags = [anImageTag('a'), anImageTag('b')];
    const copies = [
      { from: 'a', to: 'b', override: true },
      { from: 'b', to: 'a', override: true },
    ];
    const plan = planRepository(tags, [anImagePolicy({ copies })]);
    const provider = createMemoryProvider(tags, IMAGE_CAPABILITIES);
    failing(provider, `copy ${plan.operations[0]?.tag}`, 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed.map(({ outcome }) => outcome?.status)).toEqual([
      'failed',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(Object.fromEntries(provider.state)).toEqual({ a: digestOf('a'), b: digestOf('b') });
  });

  test('goes on with other writes and deletes after a failed one of their kind', async () => {
    const adds = anImage({}, { ensure: { a: '1', b: '1' } });
    failing(adds.provider, 'add a', 'PROVIDER_REJECTED');
    const deletes = aRepository();
    failing(deletes.provider, 'delete ci-1', 'PROVIDER_FORBIDDEN');

    const added = await applyPlan(adds.provider, adds.plan, { signal });
    const deleted = await applyPlan(deletes.provider, deletes.plan, { signal });

    expect(outcomes(added)).toEqual(['add a failed', 'add b applied']);
    expect(outcomes(deleted).slice(2)).toEqual(['delete ci-1 failed', 'delete ci-2 applied']);
  });

  test.each<ErrorCode>(['PROVIDER_AUTH', 'PROVIDER_THROTTLED', 'PROVIDER_CONFLICT', 'CANCELLED'])(
    'tries nothing more after %s',
    async (code) => {
      const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1', c: '1' } });
      failing(provider, 'add b', code);

      const performed = await applyPlan(provider, plan, { signal });

      expect(outcomes(performed)).toEqual(['add a applied', 'add b failed', 'add c skipped']);
      expect(performed[2]?.outcome).toEqual({
        status: 'skipped',
        reason: `add "b" failed with ${code}`,
      });
    },
  );

  test.each([
    [new TypeError('broken'), 'broken'],
    ['odd', 'odd'],
  ])('records a defect as INTERNAL without a stack and stops', async (thrown, error) => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
    provider.before = (call) => {
      if (call === 'add a') throw thrown;
    };

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[0]?.outcome).toEqual({ status: 'failed', code: 'INTERNAL', error });
    expect(performed[1]?.outcome).toMatchObject({ status: 'skipped' });
  });

  test('asks for the lease before each write and skips the rest once it is lost', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1', c: '1' } });
    let asked = 0;
    const checkLease = () => {
      asked += 1;
      if (asked > 1) throw new Error('taken over');
    };

    const performed = await applyPlan(provider, plan, { signal, checkLease });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped', 'add c skipped']);
    expect(performed[1]?.outcome).toMatchObject({ reason: 'the lease was lost: taken over' });
    expect(asked).toBe(2);
  });

  test('skips the rest once the run is cancelled', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
    const controller = new AbortController();

    const performed = await applyPlan(provider, plan, {
      signal: controller.signal,
      onOutcome: () => controller.abort(),
    });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped']);
    expect(performed[1]?.outcome).toMatchObject({ reason: 'the run was cancelled' });
  });

  test('tells intents before and outcomes after each write', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1' } });

    await applyPlan(provider, plan, {
      signal,
      onIntent: ({ tag }) => void provider.calls.push(`intent ${tag}`),
      onOutcome: ({ tag }, { status }) => void provider.calls.push(`outcome ${tag} ${status}`),
    });

    expect(provider.calls).toEqual(['list', 'intent a', 'add a', 'outcome a applied']);
  });

  test.each([
    [new Error('store is down'), 'store is down'],
    ['odd', 'odd'],
  ])('stops when an outcome cannot be recorded', async (thrown, text) => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });

    const performed = await applyPlan(provider, plan, {
      signal,
      onOutcome: () => {
        throw thrown;
      },
    });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped']);
    expect(performed[1]?.outcome).toMatchObject({
      reason: `the outcome of add "a" could not be recorded: ${text}`,
    });
  });
});

describe('restoreRoom()', () => {
  const rename = { rename: [{ from: 'k0', to: 'a' }] };

  test('puts the old pair back when the add it made room for fails, and says so', async () => {
    const { provider, plan } = anImage(TEN, rename);
    failing(provider, 'add a', 'PROVIDER_REJECTED');

    const performed = await applyPlan(provider, plan, { signal });

    expect(Object.fromEntries(provider.state)).toEqual(TEN);
    expect(performed.map(({ outcome }) => outcome)).toEqual([
      { status: 'skipped', reason: 'undone: "a" was not added, so the old pair was put back' },
      { status: 'failed', code: 'PROVIDER_REJECTED', error: 'Cannot add a: it was made to fail' },
    ]);
  });

  test('puts the old pair back also when the run is cancelled in between', async () => {
    const { provider, plan } = anImage(TEN, rename);
    const controller = new AbortController();

    const performed = await applyPlan(provider, plan, {
      signal: controller.signal,
      onOutcome: () => controller.abort(),
    });

    expect(Object.fromEntries(provider.state)).toEqual(TEN);
    expect(outcomes(performed)).toEqual(['delete k0 skipped', 'add a skipped']);
  });

  test('says when the old pair could not be put back', async () => {
    const { provider, plan } = anImage(TEN, rename);
    provider.before = (call) => {
      if (call === 'add a' || call === 'add k0')
        throw new ReconcileError('PROVIDER_UNAVAILABLE', 'down');
    };

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[0]?.outcome).toEqual({ status: 'applied', attempts: 1 });
    expect(performed[1]?.outcome).toMatchObject({
      status: 'failed',
      error: 'down; the old pair could not be put back: k0=0: down',
    });
  });

  test('does not write without the lease, and says what is missing', async () => {
    const { provider, plan } = anImage(TEN, rename);
    let asked = 0;
    const checkLease = () => {
      asked += 1;
      if (asked > 1) throw 'gone';
    };

    const performed = await applyPlan(provider, plan, { signal, checkLease });

    expect(provider.calls).toEqual(['list', 'delete k0']);
    expect(performed[1]?.outcome).toEqual({
      status: 'skipped',
      reason: 'the lease was lost: gone; the old pair could not be put back: k0=0: gone',
    });
  });

  test('does not bring back a key that somebody else had deleted', async () => {
    const { provider, plan } = anImage(TEN, rename);
    provider.state.delete('k0');
    failing(provider, 'add a', 'PROVIDER_REJECTED');

    await applyPlan(provider, plan, { signal });

    expect(provider.state.has('k0')).toBe(false);
  });

  test('skips the add when its room could not be made', async () => {
    const { provider, plan } = anImage(TEN, rename);
    failing(provider, 'delete k0', 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual(['delete k0 failed', 'add a skipped']);
    expect(Object.fromEntries(provider.state)).toEqual(TEN);
  });

  test('says when the value of the old pair was never told', async () => {
    const tags = [...labels({ k0: '0' }), aTag('k1', null)];
    const policy = aResourcePolicy({ ensure: { a: '1' }, remove: [{ by: 'glob', glob: 'k1' }] });
    const capabilities = { ...RESOURCE_CAPABILITIES, maxTags: 2 };
    const plan = planImage(tags, [policy], { capabilities });
    const provider = createMemoryProvider(tags, capabilities);
    failing(provider, 'add a', 'PROVIDER_REJECTED');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[1]?.outcome).toMatchObject({
      error: expect.stringContaining('its value is not known'),
    });
  });
});
