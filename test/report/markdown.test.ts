import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { digestOf } from '../support/tags.ts';
import { applied, everyKind, guarded, inSync, planned, refused, unknown } from './reports.ts';

const LAST = { account: 'zz', path: 'l'.repeat(300) };

function many(count: number, report: Report): Report[] {
  return Array.from({ length: count }, (_, index) => ({
    ...report,
    target: { account: 'swr', path: `shop/${String(index).padStart(5, '0')}` },
  }));
}

function long(rows: number): Report {
  return { ...applied, performed: Array.from({ length: rows }, () => applied.performed).flat() };
}

describe('renderMarkdown()', () => {
  test('shows every kind of report but targets that are in sync', () => {
    expect(renderMarkdown(everyKind)).toMatchInlineSnapshot(`
      "**tagwarden**: 5 targets: 1 in sync, 2 drifted, 1 refused, 1 unknown; 2 to add, 2 to copy, 3 to delete; 1 operation held back by guards; 2 applied, 1 failed, 1 skipped

      ### \`swr-north/shop/api\` — refused

      - **refused** guard allTags: 4 of 4 tags go; --confirm sha256:0ff1c11e04b295fa4a1b8a4766ebaddcbb2427f8e0836762868e1c2653faf677

      |  | tag | change | why |
      |---|---|---|---|
      | - | \`ci-1\` | d90fb3ce2dbb | shop retain\\[0\\]: rule "old-ci": matches ci-.\\* |

      ### \`hub/org/app\` — unknown

      - **LISTING_INCOMPLETE** Cannot list "hub/org/app": page 2 of 3 is missing

      ### \`swr-north/shop/web\` — drifted

      |  | tag | change | why | outcome |
      |---|---|---|---|---|
      | → | \`stable\` | f0b672321a89 → 8ec5a17af827 from 1.4.2 | shop channels\\[0\\]: newest version matching \\>=1.0.0 | applied |
      | → | \`v2\` | 3bfc269594ef from v1 | shop copies\\[0\\]: copy of "v1" | applied in 3 attempts |
      | - | \`ci-1\` | d90fb3ce2dbb | shop retain\\[0\\]: rule "old-ci": matches ci-.\\* | failed: Cannot delete "ci-1": 503 (PROVIDER\\_UNAVAILABLE) |
      | - | \`ci-2\` |  | shop retain\\[0\\]: rule "old-ci": matches ci-.\\* | skipped: the run was cancelled |

      - **info** shop channels\\[1\\]: Channel "latest" has no candidate
      - **warning** shop: left: sha256:360f84035942
      - **error** shop copies\\[1\\]: Cannot settle "x"

      ### \`ims-north/67e17426-359e-49fb-aa12-0bd1756ec240\` (golden-1) — drifted

      |  | tag | change | why |
      |---|---|---|---|
      | - | \`old\` | 1 | shop tags.remove\\[0\\]: key matches "old" |
      | + | \`owner\` | platform | shop tags.ensure.owner: ensure wants "platform" |
      | ~ | \`stage\` | pr\\|od\\\`\\\\u001b\\[31m → prod | shop tags.normalize\\[0\\]: "PROD" normalizes to "prod" |
      "
    `);
  });

  test('lets no cell end early', () => {
    const row = renderMarkdown([planned])
      .split('\n')
      .find((line) => line.includes('stage'));

    expect(row?.replaceAll('\\|', '').split('|')).toHaveLength(6);
  });

  test('shows a target that is in sync when there is something to say', () => {
    const talking = { ...inSync, plan: { ...inSync.plan, findings: applied.plan.findings } };

    expect(renderMarkdown([inSync])).not.toContain('###');
    expect(renderMarkdown([talking])).toContain('### `swr-north/shop/db` — in-sync');
  });

  test('cuts a long target to whole lines and counts the rest', () => {
    const text = renderMarkdown([long(400)]);

    expect(text.length).toBeLessThanOrEqual(65_000);
    const rows = text.split('\n').filter((line) => /^\| [→-]/.test(line)).length;
    expect(text).toContain(`… ${1_600 - rows + 3} more lines`);
  });

  test.each([
    [2_000, 'targets'],
    [20_000, 'targets'],
  ])('stays within 65,000 characters and counts what it leaves out of %d targets', (count) => {
    const text = renderMarkdown(many(count, applied));

    expect(text.length).toBeLessThanOrEqual(65_000);
    const shown = text.split('\n').filter((line) => line.startsWith('### ')).length;
    expect(text).toContain(`… ${count - shown} more targets`);
  });

  test('says "1 more target" for the last one', () => {
    const text = renderMarkdown([...many(1, long(400)), { ...planned, target: LAST }]);

    expect(text.split('\n').at(-2)).toBe(
      '… 1 more target (0 refused, 0 unknown, 1 drifted) with 3 operations',
    );
  });

  test('shows the most urgent first, so that cutting takes the least of it', () => {
    const text = renderMarkdown([...many(2_000, applied), refused, unknown]);

    const heads = text.split('\n').filter((line) => line.startsWith('### '));
    expect(heads.slice(0, 3)).toEqual([
      '### `swr-north/shop/api` — refused',
      '### `hub/org/app` — unknown',
      '### `swr/shop/00000` — drifted',
    ]);
    const left = 2_002 - heads.length;
    expect(text).toContain(
      `… ${left} more targets (0 refused, 0 unknown, ${left} drifted) with ${left * 4} operations`,
    );
  });

  test('has a column for outcomes only when something was tried', () => {
    expect(renderMarkdown([planned])).toContain('|  | tag | change | why |\n|---|---|---|---|\n');
    expect(renderMarkdown([applied])).toContain('| why | outcome |\n|---|---|---|---|---|\n');
  });

  test('says how to let a guarded plan through once, however many guards refused', () => {
    const text = renderMarkdown([guarded]);

    expect(text).toContain('- **refused** guard allTags: 4 of 4 tags go\n');
    expect(text.split('--confirm')).toHaveLength(2);
    expect(text).toContain(`\`--confirm ${digestOf('refused plan')}\``);
  });

  test('says that there is nothing to do', () => {
    expect(renderMarkdown([inSync])).toMatch(/\n\nNothing to do\.\n$/);
  });
});
