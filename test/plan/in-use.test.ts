import { describe, expect, test } from 'vitest';
import type { Children, InUse } from '../../src/model/in-use.ts';
import { explainTarget } from '../../src/plan/explain.ts';
import { planTarget } from '../../src/plan/plan.ts';
import { statusOf } from '../../src/plan/status.ts';
import {
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  IMAGE_CAPABILITIES,
  planImage,
  planInput,
} from '../support/policies.ts';
import { aListing, anImageTag, aTag, digestOf, labels, REPOSITORY } from '../support/tags.ts';

const POLICY = anImagePolicy({ retain: [aRetain({ pattern: 'old-.*' })] });
const KEPT = Array.from({ length: 30 }, (_none, at) => anImageTag(`keep-${at}`));
const OLD = ['old-1', 'old-2'].map((name) => anImageTag(name));
const UNKNOWN: InUse = { status: 'unknown', reason: 'the list is empty' };

function inputOf(tags: readonly ReturnType<typeof anImageTag>[], inUse: InUse | null) {
  return planInput({
    target: REPOSITORY,
    listing: aListing(REPOSITORY, [...KEPT, ...tags]),
    capabilities: IMAGE_CAPABILITIES,
    policies: [POLICY],
    inUse,
  });
}

/** Something else runs, and this is what contents are made of. */
function running(children: Children): InUse {
  return { status: 'known', digests: new Set([digestOf('linux')]), children };
}

function known(...digests: readonly string[]): InUse {
  return { status: 'known', digests: new Set(digests) };
}

describe('planTarget() with contents in use', () => {
  test.each([
    { what: 'nobody asks', inUse: null, deleted: ['old-1', 'old-2'] },
    { what: 'none is', inUse: known(), deleted: ['old-1', 'old-2'] },
    { what: 'one is', inUse: known(digestOf('old-1')), deleted: ['old-2'] },
    { what: 'nobody knows', inUse: UNKNOWN, deleted: [] },
  ])('deletes $deleted when $what', ({ inUse, deleted }) => {
    const { operations } = planTarget(inputOf(OLD, inUse));

    expect(operations.map(({ tag }) => tag)).toEqual(deleted);
  });

  test('names what it keeps, and keeps what tells no digest', () => {
    const tags = [...OLD, aTag('old-3', null)];

    const { findings, operations } = planTarget(inputOf(tags, known(digestOf('old-1'))));

    expect(operations.map(({ tag }) => tag)).toEqual(['old-2']);
    expect(findings).toEqual([
      {
        severity: 'info',
        policy: 'tagwarden.yaml',
        rule: 'protect.inUse',
        message:
          '"old-1", "old-3" are not deleted: the content is in use, or its digest is not known',
      },
    ]);
  });

  test('keeps an index of which an image is in use, and what cannot be told, saying why', () => {
    const tags = ['old-1', 'old-2', 'old-3', 'old-4'].map((name) => anImageTag(name));
    const children = new Map([
      [digestOf('old-1'), [digestOf('windows'), digestOf('linux')]],
      [digestOf('old-2'), [digestOf('windows')]],
      [digestOf('old-3'), null],
    ]);

    const plan = planTarget(inputOf(tags, running(children)));

    expect(plan.operations.map(({ tag }) => tag)).toEqual(['old-2']);
    expect(plan.findings).toMatchObject([
      {
        severity: 'info',
        message: '"old-1" is not deleted: the content is in use, or its digest is not known',
      },
      {
        severity: 'warning',
        rule: 'protect.inUse',
        message:
          '"old-3", "old-4" are not deleted: what it is made of cannot be read, and may be in use',
      },
    ]);
  });

  test('goes by the digest of the tag alone where nobody tells what it is made of', () => {
    const inUse: InUse = { status: 'known', digests: new Set([digestOf('old-1')]), children: null };

    expect(planTarget(inputOf(OLD, inUse)).operations.map(({ tag }) => tag)).toEqual(['old-2']);
  });

  test('is drifted while it may delete nothing for want of a list', () => {
    const tags = Array.from({ length: 7 }, (_none, at) => anImageTag(`old-${at}`));

    const plan = planTarget(inputOf(tags, UNKNOWN));

    expect(statusOf(plan)).toBe('drifted');
    expect(plan.findings).toMatchObject([
      {
        severity: 'error',
        message:
          '"old-0", "old-1", "old-2", "old-3", "old-4" and 2 more are not deleted: what is in use is not known, the list is empty',
      },
    ]);
  });

  test('says that the list is wanting even when nothing would be deleted', () => {
    const plan = planTarget(inputOf([], UNKNOWN));

    expect(statusOf(plan)).toBe('in-sync');
    expect(plan.findings).toMatchObject([
      {
        severity: 'warning',
        message: 'Nothing would be deleted: what is in use is not known, the list is empty',
      },
    ]);
  });

  test('counts one name as one', () => {
    const plan = planTarget(inputOf(OLD.slice(0, 1), known(digestOf('old-1'))));

    expect(plan.findings[0]?.message).toMatch(/^"old-1" is not deleted/);
  });

  test('leaves keys of VM images alone', () => {
    const policy = aResourcePolicy({ remove: [{ by: 'glob', glob: 'tmp' }] });

    const plan = planImage(labels({ tmp: 'x', owner: 'y' }), [policy], { inUse: UNKNOWN });

    expect(plan.operations).toHaveLength(1);
    expect(plan.findings).toEqual([]);
  });
});

test.each([
  { inUse: known(digestOf('old-1')), why: 'its content is in use' },
  { inUse: UNKNOWN, why: 'what is in use is not known: the list is empty' },
  {
    inUse: running(new Map([[digestOf('old-1'), [digestOf('linux')]]])),
    why: 'an image of its index is in use',
  },
  {
    inUse: running(new Map()),
    why: 'what it is made of cannot be read, so a part of it may be in use',
  },
])('explainTarget() says that a tag stays because $why', ({ inUse, why }) => {
  const [explained] = explainTarget(inputOf(OLD, inUse), 'old-1');

  expect(explained?.lost).toEqual([{ policy: 'policy-a', rule: 'retain[0]', why }]);
});
