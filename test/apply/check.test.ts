import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import { anImagePolicy, aRetain, IMAGE_CAPABILITIES, planRepository } from '../support/policies.ts';
import { aTag, digestOf } from '../support/tags.ts';
import { anImage, aRepository, outcomes, signal } from './runs.ts';

describe('createChecker()', () => {
  test('reads what it overwrites, copies from and deletes, and reads each copy back', async () => {
    const { provider, plan } = aRepository();

    const performed = await applyPlan(provider, plan, { signal });

    expect(provider.calls).toEqual([
      'read stable',
      'copy previous',
      'read previous',
      'read 1.1.0',
      'read stable',
      'copy stable',
      'read stable',
      'read ci-1',
      'delete ci-1',
      'read ci-2',
      'delete ci-2',
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
});
