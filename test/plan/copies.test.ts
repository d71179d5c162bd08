import { describe, expect, test } from 'vitest';
import { anImagePolicy, planRepository } from '../support/policies.ts';
import { anImageTag, aTag, digestOf } from '../support/tags.ts';

const copy = (from: string, to: string, override = false) => ({ from, to, override });

describe('copyWishes()', () => {
  test('does not see a signature as a source', () => {
    const copies = [{ from: 'sha256-ab12.sig', to: 'v2', override: true }];

    const { operations } = planRepository(
      [anImageTag('sha256-ab12.sig')],
      [anImagePolicy({ copies })],
    );

    expect(operations).toEqual([]);
  });

  test('copies a tag to a free name', () => {
    const plan = planRepository(
      [anImageTag('v1')],
      [anImagePolicy({ copies: [copy('v1', 'v2')] })],
    );

    expect(plan.operations).toEqual([
      {
        type: 'copy',
        tag: 'v2',
        from: 'v1',
        value: digestOf('v1'),
        replaces: null,
        policy: 'policy-a',
        rule: 'copies[0]',
        mode: 'sync',
        because: 'copy of "v1"',
      },
    ]);
  });

  test('overwrites other content only when override is set', () => {
    const tags = [anImageTag('v1'), anImageTag('v2')];

    const kept = planRepository(tags, [anImagePolicy({ copies: [copy('v1', 'v2')] })]);
    const overwritten = planRepository(tags, [anImagePolicy({ copies: [copy('v1', 'v2', true)] })]);

    expect(kept.operations).toEqual([]);
    expect(kept.findings).toMatchObject([
      {
        severity: 'warning',
        rule: 'copies[0]',
        message: expect.stringContaining('override is false'),
      },
    ]);
    expect(overwritten.operations).toMatchObject([{ tag: 'v2', replaces: digestOf('v2') }]);
  });

  test('says nothing when the destination has the content already', () => {
    const tags = [anImageTag('v1'), anImageTag('v2', 'v1')];

    const plan = planRepository(tags, [anImagePolicy({ copies: [copy('v1', 'v2')] })]);

    expect([plan.operations, plan.findings]).toEqual([[], []]);
  });

  test.each([
    ['a missing source', [], 'there is no "v1"'],
    ['a source of unknown content', [aTag('v1', null)], 'the digest of "v1" is not known'],
    [
      'a destination of unknown content',
      [anImageTag('v1'), aTag('v2', null)],
      'the digest of "v2" is not known',
    ],
    ['a signature as a source', [anImageTag('sha256-ab.sig')], 'there is no "v1"'],
  ])('reports %s and writes nothing', (_name, tags, message) => {
    const plan = planRepository(tags, [anImagePolicy({ copies: [copy('v1', 'v2', true)] })]);

    expect(plan.operations).toEqual([]);
    expect(plan.findings).toMatchObject([{ severity: 'warning' }]);
    expect(plan.findings[0]?.message).toContain(message);
  });

  test('never writes to the name of a signature', () => {
    const policy = anImagePolicy({ copies: [copy('v1', 'sha256-ab.sig')] });

    const plan = planRepository([anImageTag('v1')], [policy]);

    expect(plan.operations).toEqual([]);
    expect(plan.findings).toMatchObject([
      { message: 'Cannot copy "sha256-ab.sig": it is protected' },
    ]);
  });

  test('reads every name before it is overwritten', () => {
    const copies = [copy('b', 'a', true), copy('c', 'b', true), copy('d', 'c', true)];

    const plan = planRepository(
      ['a', 'b', 'c', 'd'].map((name) => anImageTag(name)),
      [anImagePolicy({ copies: copies.toReversed() })],
    );

    expect(plan.operations.map(({ tag }) => tag)).toEqual(['a', 'b', 'c']);
  });

  test('opens a cycle with a temporary tag and deletes it at the end', () => {
    const policy = anImagePolicy({ copies: [copy('a', 'b', true), copy('b', 'a', true)] });

    const plan = planRepository([anImageTag('a'), anImageTag('b')], [policy]);

    const name = `tagwarden-tmp-${digestOf('b').slice(7, 15)}`;
    expect(
      plan.operations.map((operation) =>
        operation.type === 'copy'
          ? `${operation.tag} <- ${operation.from}`
          : `delete ${operation.tag}`,
      ),
    ).toEqual([`${name} <- b`, 'b <- a', `a <- ${name}`, `delete ${name}`]);
    expect(plan.verdict).toEqual({ safe: true });
  });

  test('takes another temporary name when the first is taken, and reports the leftover', () => {
    const policy = anImagePolicy({ copies: [copy('a', 'b', true), copy('b', 'a', true)] });
    const taken = `tagwarden-tmp-${digestOf('b').slice(7, 15)}`;

    const plan = planRepository([anImageTag('a'), anImageTag('b'), anImageTag(taken)], [policy]);

    expect(plan.operations[0]?.tag).toMatch(/^tagwarden-tmp-[0-9a-f]{8}$/);
    expect(plan.operations.map(({ tag }) => tag)).not.toContain(taken);
    expect(plan.findings).toMatchObject([
      { severity: 'warning', rule: null, message: expect.stringContaining(taken) },
    ]);
  });

  test('reports leftovers by name, before what its rules say', () => {
    const leftovers = [anImageTag('tagwarden-tmp-00000002'), anImageTag('tagwarden-tmp-00000001')];
    const policy = anImagePolicy({ copies: [copy('missing', 'v1')] });

    const { findings } = planRepository(leftovers, [policy]);

    expect(findings).toMatchObject([
      { rule: null, message: expect.stringContaining('tagwarden-tmp-00000001') },
      { rule: null, message: expect.stringContaining('tagwarden-tmp-00000002') },
      { rule: 'copies[0]', message: expect.stringContaining('missing') },
    ]);
  });

  test('names a temporary tag even when a digest has no hexadecimal form', () => {
    const policy = anImagePolicy({ copies: [copy('a', 'b', true), copy('b', 'a', true)] });

    const plan = planRepository([aTag('a', 'odd'), aTag('b', 'even')], [policy]);

    expect(plan.operations[0]?.tag).toBe('tagwarden-tmp-00000000');
  });

  test('refuses a cycle whose temporary tag is protected', () => {
    const policy = anImagePolicy({ copies: [copy('a', 'b', true), copy('b', 'a', true)] });

    const plan = planRepository([anImageTag('a'), anImageTag('b')], [policy], { protect: ['t*'] });

    expect(plan.verdict).toMatchObject({ safe: false });
    expect(plan.verdict.safe ? [] : plan.verdict.reasons).toMatchObject([
      expect.stringContaining('temporary tag of a cycle is protected'),
    ]);
  });

  test('leaves a whole cycle alone when a part of it may not delete the temporary tag', () => {
    const tags = ['a', 'b', 'c', 'x', 'y'].map((name) => anImageTag(name));
    const policies = [
      anImagePolicy({ copies: [copy('a', 'b', true), copy('b', 'c', true), copy('x', 'y', true)] }),
      anImagePolicy({ name: 'policy-b', mode: 'upsert-only', copies: [copy('c', 'a', true)] }),
    ];

    const plan = planRepository(tags, policies);

    expect(plan.operations.map(({ tag }) => tag)).toEqual(['y']);
    expect(plan.findings.map(({ severity, policy }) => [severity, policy])).toEqual([
      ['warning', 'policy-a'],
      ['warning', 'policy-a'],
      ['error', 'policy-b'],
    ]);
  });

  test('writes nothing when two policies want different content for one tag', () => {
    const policies = [
      anImagePolicy({
        copies: [copy('a', 'z')],
        positions: { 'copies[0]': { file: 'policies/a.yaml', line: 12, column: 5 } },
      }),
      anImagePolicy({
        name: 'policy-b',
        copies: [copy('b', 'z')],
        position: { file: 'policies/b.yaml', line: 3, column: 1 },
      }),
    ];

    const plan = planRepository([anImageTag('a'), anImageTag('b')], policies);

    expect(plan.operations).toEqual([]);
    expect(plan.findings).toMatchObject([{ severity: 'error' }]);
    expect(plan.findings[0]?.message).toMatch(
      /policy "policy-a" copies\[0\] \(policies\/a\.yaml:12\).*policy "policy-b" copies\[0\] \(policies\/b\.yaml:3\)/,
    );
  });

  test('gives one operation, of the first policy that may write, when two want the same', () => {
    const policies = [
      anImagePolicy({ name: 'c', copies: [copy('a', 'z')] }),
      anImagePolicy({ name: 'b', copies: [copy('a', 'z')] }),
      anImagePolicy({ name: 'a', mode: 'observe', copies: [copy('a', 'z')] }),
    ];

    const plan = planRepository([anImageTag('a')], policies);

    expect(plan.operations.map(({ policy }) => policy)).toEqual(['b']);
  });
});
