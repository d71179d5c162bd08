import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { type Explained, explanationsJson, renderExplanations } from '../../src/report/explain.ts';
import { aResourcePolicy } from '../support/policies.ts';
import { anImageTag, digestOf, NOW } from '../support/tags.ts';
import { applied, guarded } from './reports.ts';

const colors = createColors(false);

const explained: Explained = {
  input: {
    target: applied.target,
    policies: [aResourcePolicy({}, { name: 'shop' })],
    listing: { tags: [anImageTag('stable', '1.4.1'), anImageTag('ci-1'), anImageTag('1.4.2')] },
    now: NOW,
  },
  plan: applied.plan,
  explanations: [
    {
      tag: 'stable',
      current: digestOf('1.4.1'),
      planned: digestOf('1.4.2'),
      decision: {
        policy: 'shop',
        rule: 'channels[0]',
        because: 'newest version matching >=1.0.0',
        position: 'policies/shop.yaml:12',
      },
      lost: [{ policy: 'ci', rule: 'retain[0]', why: 'a channel beats a delete' }],
      evidence: [`"1.4.2" is on ${digestOf('1.4.2')}`, '"1.4.2" is 3d old'],
    },
    { ...nothing('ci-1', digestOf('ci-1')), planned: null },
    nothing('1.4.2', digestOf('1.4.2')),
    nothing('nightly', null),
  ],
};

function nothing(tag: string, current: string | null) {
  return { tag, current, planned: current, decision: null, lost: [], evidence: [] };
}

describe('renderExplanations()', () => {
  test('tells for each name what decided, what lost and on which evidence', () => {
    expect(renderExplanations(explained, { colors })).toMatchInlineSnapshot(`
      "swr-north/shop/web at 2026-06-01T00:00:00.000Z
        policies: shop

      stable  changes: f0b672321a89 → 8ec5a17af827 from 1.4.2
        decided   shop channels[0] (policies/shop.yaml:12)
                  newest version matching >=1.0.0
        lost      ci retain[0]
                  a channel beats a delete
        evidence  "1.4.2" is on sha256:8ec5a17af827
                  "1.4.2" is 3d old

      ci-1  is deleted, was d90fb3ce2dbb
        decided   by no rule

      1.4.2  stays 8ec5a17af827
        decided   by no rule

      nightly  is not there and stays so
        decided   by no rule
      "
    `);
  });

  test('says that no policy selects the target, and why a plan is refused', () => {
    const input = { ...explained.input, policies: [] };

    const text = renderExplanations({ input, plan: guarded.plan, explanations: [] }, { colors });

    expect(text).toContain('\n  no policy selects this target\n');
    expect(text).toContain('\n  ! refused guard allTags: 4 of 4 tags go;');
  });

  test('says that a listed name without a known digest stays', () => {
    const listing = { target: applied.target, tags: [{ ...anImageTag('web'), value: null }] };
    const input = { ...explained.input, listing };

    const text = renderExplanations(
      { ...explained, input, explanations: [nothing('web', null)] },
      { colors },
    );

    expect(text).toContain('\nweb  stays\n');
  });

  test('fits prose to the terminal', () => {
    const text = renderExplanations(explained, { colors, columns: 36 });

    expect(text).toContain('\n            newest version matching\n            >=1.0.0\n');
    expect(text).toContain('\n            a channel beats a delete\n');
  });

  test('tells a name that is added from one whose unknown content is deleted', () => {
    const text = renderExplanations(
      { ...explained, explanations: [nothing('v2', null), nothing('ci-2', null)] },
      { colors },
    );

    expect(text).toContain('\nv2  is added: 3bfc269594ef from v1\n');
    expect(text).toContain('\nci-2  is deleted\n');
  });
});

describe('explanationsJson()', () => {
  test('holds the same with whole digests', () => {
    const document = explanationsJson(explained, '0.1.0');

    expect(document).toMatchObject({
      format_version: '1.0',
      tool_version: '0.1.0',
      target: 'swr-north/shop/web',
      now: NOW.toISOString(),
      policies: ['shop'],
      digest: applied.plan.digest,
      verdict: { safe: true },
      tags: explained.explanations,
    });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});
