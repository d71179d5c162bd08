import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/model/history.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { planTarget } from '../../src/plan/plan.ts';
import { planUndo } from '../../src/plan/undo.ts';
import {
  aResourcePolicy,
  IMAGE_CAPABILITIES,
  planInput,
  RESOURCE_CAPABILITIES,
} from '../support/policies.ts';
import { APPLIED, aRun } from '../support/runs.ts';
import {
  aListing,
  anImageTag,
  applyInMemory,
  digestOf,
  IMAGE,
  labels,
  REPOSITORY,
  valuesOf,
} from '../support/tags.ts';

const reasoned = { policy: 'shop', rule: 'copies[0]', mode: 'sync', because: 'x' } as const;

function copy(tag: string, from: string, replaces: string | null): Operation {
  return { ...reasoned, type: 'copy', tag, from, value: digestOf(from), replaces };
}

function remove(tag: string, replaces: string | null): Operation {
  return { ...reasoned, type: 'delete', tag, replaces, makesRoomFor: null };
}

function undoAtRepository(tags: readonly ListedTag[], run: Run, protect: readonly string[] = []) {
  const listing = aListing(REPOSITORY, tags);
  const capabilities = IMAGE_CAPABILITIES;
  return planUndo(
    planInput({ target: REPOSITORY, policies: [], listing, capabilities, protect }),
    run,
  );
}

function undoAtImage(tags: readonly ListedTag[], run: Run) {
  const listing = aListing(IMAGE, tags);
  const capabilities = RESOURCE_CAPABILITIES;
  return planUndo(planInput({ target: IMAGE, policies: [], listing, capabilities }), run);
}

describe('planUndo()', () => {
  test('takes back what a plan did to a VM image, from any state', () => {
    const key = fc.constantFrom('owner', 'stage', 'tmp-1', 'tmp-2', 'cost');
    const pairs = fc.dictionary(key, fc.constantFrom('a', 'b', 'c'), { maxKeys: 4 });
    fc.assert(
      fc.property(pairs, pairs, (before, wanted) => {
        const policies = [
          aResourcePolicy({ ensure: wanted, remove: [{ by: 'glob', glob: 'tmp-*' }] }),
        ];
        const listing = aListing(IMAGE, labels(before));
        const plan = planTarget(
          planInput({ target: IMAGE, policies, listing, capabilities: RESOURCE_CAPABILITIES }),
        );
        const after = applyInMemory(listing.tags, plan.operations);

        const undo = undoAtImage(after, aRun(plan.operations, APPLIED, IMAGE));

        expect(valuesOf(applyInMemory(after, undo.operations))).toEqual(before);
      }),
      { numRuns: 1_000 },
    );
  });

  test('points a channel back at its old content through a tag that still has it', () => {
    const run = aRun([copy('stable', 'v2', digestOf('v1'))]);
    const tags = [anImageTag('v1'), anImageTag('v2'), anImageTag('stable', 'v2')];

    expect(undoAtRepository(tags, run)).toMatchObject({
      verdict: { safe: true },
      findings: [],
      operations: [
        {
          type: 'copy',
          tag: 'stable',
          from: 'v1',
          value: digestOf('v1'),
          replaces: digestOf('v2'),
          policy: 'undo',
          rule: 'run run-1',
          because: 'takes back copy by policy shop copies[0]',
        },
      ],
    });
  });

  test('brings a deleted tag back while another tag has its content', () => {
    const undo = undoAtRepository(
      [anImageTag('v1')],
      aRun([remove('ci-1', digestOf('v1')), remove('ci-2', digestOf('gone'))]),
    );

    expect(undo.operations).toMatchObject([{ type: 'copy', tag: 'ci-1', from: 'v1' }]);
    expect(undo.findings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('no tag has its old content') },
    ]);
  });

  test('deletes a name the run created', () => {
    const tags = [anImageTag('v1'), anImageTag('new', 'v1')];

    expect(undoAtRepository(tags, aRun([copy('new', 'v1', null)])).operations).toMatchObject([
      { type: 'delete', tag: 'new', replaces: digestOf('v1') },
    ]);
  });

  test('leaves a name that was changed again since', () => {
    const tags = [anImageTag('v1'), anImageTag('v2'), anImageTag('stable', 'v3')];

    const undo = undoAtRepository(tags, aRun([copy('stable', 'v2', digestOf('v1'))]));

    expect(undo.operations).toEqual([]);
    expect(undo.findings).toMatchObject([
      { message: expect.stringContaining('changed again since') },
    ]);
  });

  test('does nothing to a name that is already back', () => {
    const tags = [anImageTag('v1'), anImageTag('stable', 'v1')];

    expect(undoAtRepository(tags, aRun([copy('stable', 'v2', digestOf('v1'))]))).toMatchObject({
      operations: [],
      findings: [],
    });
  });

  test('never touches a name that is protected now', () => {
    const tags = [anImageTag('v1'), anImageTag('stable', 'v2')];
    const run = aRun([copy('stable', 'v2', digestOf('v1'))]);

    const undo = undoAtRepository(tags, run, ['stable']);

    expect(undo.operations).toEqual([]);
    expect(undo.findings).toMatchObject([{ message: expect.stringContaining('protected') }]);
  });

  test('cannot bring back what the provider never told', () => {
    expect(
      undoAtRepository([anImageTag('v1')], aRun([remove('ci-1', null)])).findings,
    ).toHaveLength(1);
  });

  test('counts an intent without a result, and no operation that was left out or not needed', () => {
    const tags = [anImageTag('v1'), anImageTag('a', 'v1'), anImageTag('b', 'v1')];
    const intent = aRun([copy('a', 'v1', null)], null);
    const skipped = aRun([copy('b', 'v1', null)], { status: 'skipped', reason: 'x' });
    const needless = aRun([copy('b', 'v1', null)], { status: 'applied', attempts: 0 });

    expect(undoAtRepository(tags, intent).operations).toHaveLength(1);
    expect(undoAtRepository(tags, skipped).operations).toEqual([]);
    expect(undoAtRepository(tags, needless).operations).toEqual([]);
  });

  test.each([
    { code: 'PROVIDER_UNAVAILABLE', undone: 1 },
    { code: 'CANCELLED', undone: 1 },
    { code: 'PROVIDER_REJECTED', undone: 0 },
    { code: 'GATE_REFUSED', undone: 0 },
  ] as const)('takes $undone of 1 writes back that failed with $code', ({ code, undone }) => {
    const tags = [anImageTag('v1'), anImageTag('a', 'v1')];
    const run = aRun([copy('a', 'v1', null)], { status: 'failed', code, error: 'Cannot copy' });

    // A write whose reply was lost may have been made; one that was refused was not.
    expect(undoAtRepository(tags, run).operations).toHaveLength(undone);
  });

  test('never deletes the last name of a content, which would be lost', () => {
    const run = aRun([copy('stable', 'v1', null), copy('latest', 'v1', null)]);
    const alone = [anImageTag('other'), anImageTag('stable', 'v1')];
    const both = [...alone, anImageTag('latest', 'v1')];

    for (const tags of [alone, both]) {
      const undo = undoAtRepository(tags, run);

      expect(undo.operations).toEqual([]);
      expect(undo.findings).toHaveLength(tags.length - 1);
      expect(undo.findings).toMatchObject(
        undo.findings.map(() => ({ message: expect.stringContaining('last name of its content') })),
      );
    }
  });

  test('deletes a name whose content it brings back under another one', () => {
    const run = aRun([copy('stable', 'v1', null), remove('v1', digestOf('v1'))]);
    const tags = [anImageTag('other'), anImageTag('stable', 'v1')];

    expect(undoAtRepository(tags, run).operations).toMatchObject([
      { type: 'copy', tag: 'v1', from: 'stable' },
      { type: 'delete', tag: 'stable' },
    ]);
  });

  test('takes no minutes over a run of 50,000 operations', () => {
    const count = 50_000;
    const numbers = Array.from({ length: count }, (_, index) => index);
    const tags = numbers.map((index) => anImageTag(`keep-${index}`, `v${count - index}`));
    const run = aRun(numbers.map((index) => remove(`ci-${index}`, digestOf(`v${index + 1}`))));
    const before = process.cpuUsage();

    const undo = undoAtRepository(tags, run);

    const { user, system } = process.cpuUsage(before);
    expect(undo.operations).toHaveLength(count);
    expect((user + system) / 1_000).toBeLessThan(10_000);
  }, 120_000);

  test('goes back to before the first of several writes to a name', () => {
    const run = aRun([remove('a', digestOf('v1')), copy('a', 'v2', null)]);
    const tags = [anImageTag('v1'), anImageTag('v2'), anImageTag('a', 'v2')];

    expect(undoAtRepository(tags, run).operations).toMatchObject([
      { type: 'copy', tag: 'a', from: 'v1', replaces: digestOf('v2') },
    ]);
  });

  test('is held by the guards like any plan', () => {
    const names = Array.from({ length: 5 }, (_, index) => `n${index}`);
    const tags = [anImageTag('v1'), ...names.map((name) => anImageTag(name, 'v1'))];

    const undo = undoAtRepository(tags, aRun(names.map((name) => copy(name, 'v1', null))));

    expect(undo.verdict).toMatchObject({ safe: false });
  });
});
