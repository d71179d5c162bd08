import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { renderJson, toJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderNdjson } from '../../src/report/ndjson.ts';
import { renderText } from '../../src/report/text.ts';
import { digestOf } from '../support/tags.ts';
import { applied, everyKind, guarded, planned, refused, unknown } from './reports.ts';

const making = { toolVersion: '0.1.0', policyRevision: 'sha256:abc', refusals: [] };

describe('toJson()', () => {
  test('has the documented form', () => {
    expect(toJson([applied], making)).toEqual({
      format_version: '1.0',
      tool_version: '0.1.0',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      policy_revision: 'sha256:abc',
      verdict: { safe: true },
      plans: [
        {
          target: 'swr-north/shop/web',
          provider: 'huawei-swr',
          status: 'drifted',
          digest: digestOf('repository plan'),
          verdict: { safe: true },
          operations: [
            {
              type: 'copy',
              tag: 'stable',
              from: '1.4.2',
              value: digestOf('1.4.2'),
              replaces: digestOf('1.4.1'),
              policy: 'shop',
              rule: 'channels[0]',
              because: 'newest version matching >=1.0.0',
              outcome: { status: 'applied', attempts: 1 },
            },
            {
              type: 'copy',
              tag: 'v2',
              from: 'v1',
              value: digestOf('v1'),
              replaces: null,
              policy: 'shop',
              rule: 'copies[0]',
              because: 'copy of "v1"',
              outcome: { status: 'applied', attempts: 3 },
            },
            {
              type: 'delete',
              tag: 'ci-1',
              replaces: digestOf('ci-1'),
              policy: 'shop',
              rule: 'retain[0]',
              because: 'rule "old-ci": matches ci-.*',
              outcome: {
                status: 'failed',
                code: 'PROVIDER_UNAVAILABLE',
                error: 'Cannot delete "ci-1": 503',
              },
            },
            {
              type: 'delete',
              tag: 'ci-2',
              replaces: null,
              policy: 'shop',
              rule: 'retain[0]',
              because: 'rule "old-ci": matches ci-.*',
              outcome: { status: 'skipped', reason: 'the run was cancelled' },
            },
          ],
          findings: [
            {
              severity: 'info',
              policy: 'shop',
              rule: 'channels[1]',
              message: 'Channel "latest" has no candidate',
            },
            { severity: 'warning', policy: 'shop', message: `left: ${digestOf('left')}` },
            { severity: 'error', policy: 'shop', rule: 'copies[1]', message: 'Cannot settle "x"' },
          ],
        },
      ],
      summary: {
        targets: 1,
        in_sync: 0,
        drifted: 1,
        refused: 0,
        unknown: 0,
        add: 0,
        copy: 2,
        promote: 0,
        delete: 2,
        applied: 2,
        failed: 1,
        skipped: 1,
      },
    });
  });

  test('counts in its summary only what will be done, in the documented keys', () => {
    const refused = toJson([guarded, planned], making)['summary'];
    const swept = toJson([guarded, planned], { ...making, refusals: ['too many'] })['summary'];

    expect(refused).toMatchObject({ add: 2, copy: 0, delete: 1, refused: 1 });
    expect(swept).toMatchObject({ add: 0, copy: 0, delete: 0, drifted: 1 });
    expect(refused).not.toHaveProperty('held');
  });

  test('leaves outcome out of a plan and says what a delete makes room for', () => {
    expect(toJson([planned], making)['plans']).toMatchObject([
      {
        operations: [
          { type: 'delete', makes_room_for: 'owner' },
          { type: 'add', value: 'platform' },
          {},
        ],
      },
    ]);
    expect(JSON.stringify(toJson([planned], making))).not.toContain('outcome');
  });

  test('says why a target is unknown', () => {
    const waiting = { ...unknown, retryAfterMs: 5_000 } as typeof unknown;

    expect(toJson([unknown, waiting], making)['plans']).toEqual([
      {
        target: 'hub/org/app',
        provider: 'ucloud-uhub',
        status: 'unknown',
        code: 'LISTING_INCOMPLETE',
        error: 'Cannot list "hub/org/app": page 2 of 3 is missing',
        retriable: true,
        operations: [],
        findings: [],
      },
      expect.objectContaining({ retry_after_ms: 5_000 }),
    ]);
  });

  test('says why a plan was refused', () => {
    expect(toJson([refused], making)['plans']).toMatchObject([
      {
        status: 'refused',
        verdict: { safe: false, reasons: [expect.stringContaining('--confirm')] },
      },
    ]);
  });

  test('is the same whatever the order of reports, and its digest follows the plans', () => {
    const one = toJson(everyKind, making);

    expect(toJson(everyKind.toReversed(), making)).toEqual(one);
    expect(toJson(everyKind.slice(1), making)['digest']).not.toBe(one['digest']);
  });
});

describe('renderJson()', () => {
  test('is one indented object that reads back', () => {
    const text = renderJson(everyKind, making);

    expect(JSON.parse(text)).toEqual(toJson(everyKind, making));
    expect(text).toMatch(/^\{\n {2}"format_version": "1\.0",\n[\s\S]*\}\n$/);
  });
});

describe('renderNdjson()', () => {
  test('is one line a target and one with the summary', () => {
    const lines = renderNdjson(everyKind, making)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

    const { plans, summary, digest } = toJson(everyKind, making) as Record<string, unknown[]>;
    expect(lines.slice(0, -1)).toEqual(
      plans?.map((plan) => ({ format_version: '1.0', type: 'plan', ...(plan as object) })),
    );
    expect(lines.at(-1)).toEqual({
      format_version: '1.0',
      type: 'summary',
      tool_version: '0.1.0',
      policy_revision: 'sha256:abc',
      verdict: { safe: true },
      digest,
      summary,
    });
  });
});

describe('a refusal of all plans together', () => {
  const refusing = { ...making, refusals: ['too much at once'] };
  const verdict = { safe: false, reasons: ['too much at once'] };

  test('toJson() and renderNdjson() carry it', () => {
    const summary = renderNdjson([applied], refusing).trim().split('\n').at(-1) ?? '';

    expect(toJson([applied], refusing)).toMatchObject({ verdict });
    expect(JSON.parse(summary)).toMatchObject({ verdict });
  });

  test('renderText() and renderMarkdown() show it', () => {
    const { refusals } = refusing;

    expect(renderText([applied], { colors: createColors(false), refusals })).toMatch(
      /\nrefused too much at once\n$/,
    );
    expect(renderMarkdown([applied], refusals)).toContain('\n- **refused** too much at once\n');
  });
});
