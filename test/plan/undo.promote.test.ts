import { expect, test } from 'vitest';
import type { InUse } from '../../src/model/in-use.ts';
import type { Operation } from '../../src/model/plan.ts';
import { planUndo } from '../../src/plan/undo.ts';
import { IMAGE_CAPABILITIES, planInput } from '../support/policies.ts';
import { aRun } from '../support/runs.ts';
import { aListing, anImageTag, digestOf, REPOSITORY } from '../support/tags.ts';

function promote(replaces: string | null): Operation {
  return {
    type: 'promote',
    tag: '1.0.0',
    source: { account: 'staging', path: 'shop/web' },
    from: '1.0.0',
    value: digestOf('1.0.0'),
    replaces,
    referrers: false,
    policy: 'release',
    rule: 'promote[0]',
    mode: 'sync',
    because: 'x',
  };
}

function undo(operation: Operation, names: readonly string[], inUse: InUse | null = null) {
  const tags = [...names.map((name) => anImageTag(name)), ...KEPT];
  const input = planInput({
    target: REPOSITORY,
    policies: [],
    listing: aListing(REPOSITORY, tags),
    capabilities: IMAGE_CAPABILITIES,
    inUse,
  });
  return planUndo(input, aRun([operation]));
}

const KEPT = ['a', 'b', 'c'].map((name) => anImageTag(name));

test('planUndo() unbinds a promoted name, though it is the last one of its content here', () => {
  const plan = undo(promote(null), ['1.0.0']);

  expect(plan.operations).toMatchObject([{ type: 'delete', tag: '1.0.0' }]);
  expect(plan.findings).toEqual([]);
});

test('planUndo() binds a promoted name to its old content where a tag has that', () => {
  expect(undo(promote(digestOf('old')), ['1.0.0', 'old']).operations).toMatchObject([
    { type: 'copy', tag: '1.0.0', from: 'old' },
  ]);
  expect(undo(promote(digestOf('old')), ['1.0.0']).findings).toHaveLength(1);
});

test('planUndo() deletes nothing that is in use', () => {
  const inUse: InUse = { status: 'known', digests: new Set([digestOf('1.0.0')]) };

  const plan = undo(promote(null), ['1.0.0'], inUse);

  expect(plan.operations).toEqual([]);
  expect(plan.findings).toMatchObject([
    { message: '"1.0.0" is not taken back: its content is in use' },
  ]);
});
