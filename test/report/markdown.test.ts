import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import type { Report } from '../../src/model/report.ts';
import { MARKER, renderMarkdown } from '../../src/report/markdown.ts';
import { digestOf } from '../support/tags.ts';
import { applied, everyKind, guarded, inSync, planned, refused, unknown } from './reports.ts';

type Planned = Exclude<Report, { readonly status: 'unknown' }>;

function many(count: number, report: Report): Report[] {
  return Array.from({ length: count }, (_, index) => ({
    ...report,
    target: { account: 'swr', path: `shop/${String(index).padStart(5, '0')}` },
  }));
}

function withOperations(count: number, operation: Partial<Operation>): Report {
  const [first] = (planned as Planned).performed;
  if (first === undefined) throw new Error('Expected an operation');
  const one = { operation: { ...first.operation, ...operation } as Operation, outcome: null };
  return { ...(planned as Planned), performed: Array.from({ length: count }, () => one) };
}

const HOSTILE = '|\\`*_[]<>#@~!&$%\n\r /:w.a1\u202e\ud800'.split('');
const ESCAPED = /\\([!-/:-@[-`{-~])/g;

/** Cells of a row as cmark-gfm finds them: what is escaped ends none. */
function cellsOf(row: string): readonly string[] {
  return row.replaceAll(ESCAPED, 'x').split('|').slice(1, -1);
}

describe('renderMarkdown()', () => {
  test('renderMarkdown() shows what needs a decision, then deletes and moves, then the rest', () => {
    expect(renderMarkdown(everyKind)).toMatchInlineSnapshot(`
      "<!-- tagwarden:report -->
      ### tagwarden: **refused**, 1 target

      | targets | in sync | drifted | refused | unknown | add | copy | promote | delete | held back | applied | failed | skipped |
      |---|---|---|---|---|---|---|---|---|---|---|---|---|
      | 5 | 1 | 2 | 1 | 1 | 2 | 2 | 0 | 3 | 1 | 2 | 1 | 1 |

      #### Needs a decision (4)

      - **refused** \`swr-north/shop/api\`: guard allTags: 4 of 4 tags go; --confirm sha256:0ff1c11e04b295fa4a1b8a4766ebaddcbb2427f8e0836762868e1c2653faf677
      - **unknown** \`hub/org/app\`: LISTING_INCOMPLETE Cannot list "hub/org/app": page 2 of 3 is missing
      - **failed** \`swr-north/shop/web\` \`ci-1\`: failed: Cannot delete "ci-1": 503 (PROVIDER\\_UNAVAILABLE)
      - **error** \`swr-north/shop/web\`: shop copies\\[1\\]: Cannot settle "x"

      #### Deletes and moves (6)

      |  | target | tag | from → to | why | outcome |
      |---|---|---|---|---|---|
      | - | \`swr-north/shop/api\` (refused) | \`ci-1\` | \`d90fb3ce2dbb\` → deleted | shop retain\\[0\\]: rule "old-ci": matches ci-.\\* |  |
      | → | \`swr-north/shop/web\` | \`stable\` | \`f0b672321a89\` → \`8ec5a17af827\` of \`1.4.2\` | shop channels\\[0\\]: newest version matching \\>=1.0.0 | applied |
      | - | \`swr-north/shop/web\` | \`ci-1\` | \`d90fb3ce2dbb\` → deleted | shop retain\\[0\\]: rule "old-ci": matches ci-.\\* | failed: Cannot delete "ci-1": 503 (PROVIDER\\_UNAVAILABLE) |
      | - | \`swr-north/shop/web\` | \`ci-2\` | not told → deleted | shop retain\\[0\\]: rule "old-ci": matches ci-.\\* | skipped: the run was cancelled |
      | - | \`ims-north/67e17426-359e-49fb-aa12-0bd1756ec240\` (golden-1) | \`old\` | \`1\` → deleted | shop tags.remove\\[0\\]: key matches "old" |  |
      | ~ | \`ims-north/67e17426-359e-49fb-aa12-0bd1756ec240\` (golden-1) | \`stage\` | \`\` pr\\|od\`\\u001b[31m \`\` → \`prod\` | shop tags.normalize\\[0\\]: "PROD" normalizes to "prod" |  |

      #### Additions (2)

      |  | target | tag | from → to | why | outcome |
      |---|---|---|---|---|---|
      | → | \`swr-north/shop/web\` | \`v2\` | free → \`3bfc269594ef\` of \`v1\` | shop copies\\[0\\]: copy of "v1" | applied in 3 requests |
      | + | \`ims-north/67e17426-359e-49fb-aa12-0bd1756ec240\` (golden-1) | \`owner\` | free → \`platform\` | shop tags.ensure.owner: ensure wants "platform" |  |

      #### Findings (2)

      - **info** \`swr-north/shop/web\`: shop channels\\[1\\]: Channel "latest" has no candidate
      - **warning** \`swr-north/shop/web\`: shop: left: sha256:360f84035942
      "
    `);
  });

  test('renderMarkdown() starts with the same marker whatever it shows', () => {
    for (const reports of [[], everyKind, [inSync], many(5_000, applied)])
      expect(renderMarkdown(reports).startsWith(`${MARKER}\n`)).toBe(true);
  });

  test.each<[string, readonly Report[], readonly string[], string]>([
    ['nothing to do', [inSync], [], 'nothing to do'],
    ['changes', [planned], [], '3 changes'],
    ['a refused target', [planned, refused], [], '**refused**, 1 target'],
    ['a refused sweep', [planned], ['guard maxChanges'], '**refused**, all targets together'],
    ['a target that is unknown', [planned, unknown], [], '**incomplete**, 1 target unknown'],
    ['a failed write', [applied], [], '**failed**, 1 operation'],
  ])('renderMarkdown() says in its heading: %s', (_name, reports, refusals, verdict) => {
    expect(renderMarkdown(reports, refusals)).toContain(`### tagwarden: ${verdict}\n`);
  });

  test('renderMarkdown() counts what was applied when all of it was', () => {
    const [first] = (applied as Planned).performed;
    const done: Report = { ...(applied as Planned), performed: first === undefined ? [] : [first] };

    expect(renderMarkdown([done])).toContain('### tagwarden: 1 change applied\n');
  });

  test('renderMarkdown() names why all targets together are refused first', () => {
    const text = renderMarkdown([refused], ['guard maxChanges: 9 changes']);

    expect(text.indexOf('guard maxChanges')).toBeLessThan(text.indexOf('guard allTags'));
    expect(text.indexOf('guard maxChanges')).toBeGreaterThan(0);
  });

  test('renderMarkdown() says how to let a guarded plan through once, however many guards refused', () => {
    const text = renderMarkdown([guarded]);

    expect(text).toContain('guard allTags: 4 of 4 tags go\n');
    expect(text.split('--confirm')).toHaveLength(2);
    expect(text).toContain(`\`--confirm ${digestOf('refused plan')}\``);
  });

  test.each<[number, Partial<Operation>, boolean]>([
    [10, { type: 'add', replaces: null, value: 'x' }, false],
    [11, { type: 'add', replaces: null, value: 'x' }, true],
    [30, { type: 'add', replaces: 'old', value: 'x' }, false],
    [31, { type: 'delete', replaces: null }, true],
  ])('renderMarkdown() folds long lists: %d of %o', (count, operation, isFolded) => {
    const text = renderMarkdown([withOperations(count, operation)]);

    expect(text.includes('<details>')).toBe(isFolded);
    expect(text.split('<details>')).toHaveLength(text.split('</details>').length);
    expect(text.split('\n').filter((line) => /^\| [-+~]/.test(line))).toHaveLength(count);
  });

  test.each([150, 2_000, 20_000])(
    'renderMarkdown() stays within 60,000 characters for %d targets, lists deletes and moves before additions, counts what it cuts',
    (count) => {
      const text = renderMarkdown([...many(count, applied), refused, unknown]);

      expect(text.length).toBeLessThanOrEqual(60_000);
      expect(text).toContain('**refused** `swr-north/shop/api`');
      expect(text).toContain('**unknown** `hub/org/app`');
      const [, cut = '', total = ''] = / (\d+) of (\d+) deletes and moves/.exec(text) ?? [];
      const rows = text.split('\n').filter((line) => /^\| [-→] \| /.test(line));
      expect(rows).toHaveLength(Number(total) - Number(cut));
      expect(text).toMatch(/additions.*`--output json` has it all\.\n$/);
      expect(text.split('<details>')).toHaveLength(text.split('</details>').length);
    },
  );

  test('renderMarkdown() lets no text from outside be read as Markdown, mention or another cell', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...HOSTILE) }), (text) => {
        const change = { tag: text, value: text, replaces: text, because: text, rule: text };
        const rendered = renderMarkdown([withOperations(1, { type: 'add', ...change })]);
        const row = rendered.split('\n').find((line) => line.startsWith('| ~')) ?? '';

        expect(cellsOf(row)).toHaveLength(5);
        expect(rendered.split('\n').filter((line) => line !== '')).toHaveLength(9);
        const why = row.split(' | ').at(-1)?.slice(0, -2) ?? '';
        expect(why.replaceAll(ESCAPED, '')).not.toMatch(/[<>*_[\]`]/);
        expect(why.replaceAll(ESCAPED, '$1')).not.toMatch(/[@#!~&]\w|:\/\/|www\./i);
      }),
      { numRuns: 500 },
    );
  });

  test('renderMarkdown() shows code with backticks in a longer fence, and an empty value', () => {
    const text = renderMarkdown([
      withOperations(1, { type: 'add', tag: 'a``b', value: '', replaces: 'x|y\\|z' }),
    ]);

    expect(text).toContain('| ``` a``b ``` |');
    expect(text).toContain('`x\\|y\\\u200b\\|z` → `""`');
  });

  test('renderMarkdown() cuts one text that is far too long', () => {
    const text = renderMarkdown([
      withOperations(1, { type: 'add', value: 'x', because: 'y'.repeat(70_000) }),
    ]);

    expect(text.length).toBeLessThan(2_000);
  });
});
