import { describe, expect, test } from 'vitest';
import type { Exemption } from '../../src/model/policy.ts';
import {
  aChannel,
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  planImage,
  planRepository,
} from '../support/policies.ts';
import { anImageTag, IMAGE, labels, NOW } from '../support/tags.ts';

const anExemption = (overrides: Partial<Exemption> = {}): Exemption => ({
  target: '*/**',
  tags: ['stable'],
  until: new Date(NOW.getTime() + 1),
  reason: 'release freeze',
  ...overrides,
});
const releases = ['1.0.0', '1.1.0'].map((name) => anImageTag(name));
const tags = [...releases, anImageTag('stable', '1.0.0')];
const channels = [aChannel({ backup: 'previous' })];

describe('exemptionsFor()', () => {
  test('takes a name and what waits for it out of the rules, and says until when and why', () => {
    const policy = anImagePolicy({ channels, exemptions: [anExemption()] });

    const { operations, findings } = planRepository(tags, [policy]);

    expect(operations).toEqual([]);
    expect(findings).toEqual([
      {
        severity: 'info',
        policy: 'policy-a',
        rule: 'exemptions[0]',
        message: '"stable" is exempt until 2026-06-01T00:00:00.001Z: release freeze',
      },
    ]);
  });

  test.each<[string, Partial<Exemption>]>([
    ['its day has come', { until: NOW }],
    ['it is for another target', { target: 'swr-north/shop/api' }],
    ['it is for another name', { tags: ['latest'] }],
  ])('does nothing when %s', (_name, exemption) => {
    const policy = anImagePolicy({ channels, exemptions: [anExemption(exemption)] });

    expect(planRepository(tags, [policy]).operations).toHaveLength(2);
  });

  test('leaves the rules of other policies alone', () => {
    const exempt = anImagePolicy({
      name: 'a',
      channels: [aChannel()],
      exemptions: [anExemption({ tags: [] })],
    });
    const other = anImagePolicy({ name: 'b', channels: [aChannel()] });

    const { operations, findings } = planRepository(tags, [exempt, other]);

    expect(operations).toMatchObject([{ tag: 'stable', policy: 'b' }]);
    expect(findings[0]?.message).toContain('Every name is exempt');
  });

  test('warns when another policy changes a name, and says who froze it until when and why', () => {
    const freezing = anImagePolicy({
      name: 'a',
      channels: [aChannel()],
      exemptions: [anExemption()],
    });
    const other = anImagePolicy({ name: 'b', channels: [aChannel()] });

    const warned = planRepository(tags, [freezing, other]).findings;
    const ended = planRepository(tags, [freezing, other], { now: anExemption().until }).findings;
    const alone = planRepository(tags, [freezing]).findings;

    expect(warned.filter(({ severity }) => severity === 'warning')).toEqual([
      {
        severity: 'warning',
        policy: 'b',
        rule: 'channels[0]',
        message:
          'Policy "b" changes "stable", exempt in policy "a" until 2026-06-01T00:00:00.001Z: release freeze; ' +
          'an exemption in PolicyDefaults would hold for both',
      },
    ]);
    expect([...ended, ...alone].filter(({ severity }) => severity === 'warning')).toEqual([]);
  });

  test('warns once for each rule that crosses it, with a few of the names', () => {
    const names = Array.from({ length: 7 }, (_, index) => `ci-${index}`);
    const builds = names.map((name) => anImageTag(name));
    const freezing = anImagePolicy({ name: 'a', exemptions: [anExemption({ tags: ['ci-*'] })] });
    const retain = [aRetain({ pattern: 'ci-[0-5]' }), aRetain({ pattern: 'ci-6' })];
    const cleaning = anImagePolicy({ name: 'b', retain });

    const { findings } = planRepository([...tags, ...builds], [freezing, cleaning]);

    const warnings = findings.filter(({ severity }) => severity === 'warning');
    expect(warnings).toMatchObject([
      {
        rule: 'retain[0]',
        message: expect.stringContaining(
          '"ci-0", "ci-1", "ci-2", "ci-3", "ci-4" and 1 more, exempt',
        ),
      },
      { rule: 'retain[1]', message: expect.stringContaining('Policy "b" changes "ci-6", exempt') },
    ]);
  });

  test('still holds what an exempt channel needs', () => {
    const retain = [aRetain({ pattern: '.*' })];
    const policy = anImagePolicy({ channels: [aChannel()], retain, exemptions: [anExemption()] });

    expect(planRepository(tags, [policy]).operations).toEqual([]);
  });

  test('takes a key out of every rule for keys', () => {
    const exempt = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const policy = aResourcePolicy(
      {
        ensure: { a: '1' },
        default: { b: '{{ image.absent }}' },
        rename: [
          { from: 'c', to: 'new' },
          { from: 'old', to: 'd' },
        ],
        normalize: [{ key: 'e', transforms: ['lower'], map: {} }],
        copyFrom: [{ image: 'gone', keys: ['f'], overwrite: true }],
        remove: [{ by: 'glob', glob: 'g' }],
        require: { h: { oneOf: null, pattern: null } },
      },
      { exclusive: true, exemptions: [anExemption({ tags: exempt })] },
    );
    const current = labels({ c: 'x', old: 'y', e: 'Z', g: '1' });

    const { operations, findings } = planImage(current, [policy]);

    expect(operations).toEqual([]);
    expect(findings).toMatchObject([
      { message: expect.stringContaining('"a", "b", "c", "d", "e", "f", "g", "h" are exempt') },
    ]);
  });

  test('spares a stray key from exclusive', () => {
    const exemptions = [anExemption({ target: `*/${IMAGE.path}`, tags: ['x'] })];
    const policy = aResourcePolicy({ ensure: { a: '1' } }, { exclusive: true, exemptions });

    const { operations } = planImage(labels({ a: '1', x: '1', y: '1' }), [policy]);

    expect(operations).toMatchObject([{ type: 'delete', tag: 'y' }]);
  });
});
