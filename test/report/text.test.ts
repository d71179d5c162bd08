import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { renderText } from '../../src/report/text.ts';
import { digestOf } from '../support/tags.ts';
import { applied, everyKind, guarded, inSync, planned, refused, unknown } from './reports.ts';

const colors = createColors(false);

describe('renderText()', () => {
  test('shows what is refused, unknown or failed first, then what drifted, then the rest, with a summary', () => {
    expect(renderText(everyKind, { colors })).toMatchInlineSnapshot(`
      "swr-north/shop/api refused
        ! refused guard allTags: 4 of 4 tags go; --confirm sha256:0ff1c11e04b295fa4a1b8a4766ebaddcbb2427f8e0836762868e1c2653faf677
        - ci-1  d90fb3ce2dbb
            shop retain[0]: rule "old-ci": matches ci-.*

      hub/org/app unknown
        ! LISTING_INCOMPLETE Cannot list "hub/org/app": page 2 of 3 is missing

      swr-north/shop/web drifted
        → stable  f0b672321a89 → 8ec5a17af827 from 1.4.2  applied
            shop channels[0]: newest version matching >=1.0.0
        → v2      3bfc269594ef from v1                    applied in 3 requests
            shop copies[0]: copy of "v1"
        - ci-1    d90fb3ce2dbb
            ! failed: Cannot delete "ci-1": 503 (PROVIDER_UNAVAILABLE)
        - ci-2
            ! skipped: the run was cancelled
            shop retain[0]: rule "old-ci": matches ci-.*
        ! info shop channels[1]: Channel "latest" has no candidate
        ! warning shop: left: sha256:360f84035942
        ! error shop copies[1]: Cannot settle "x"

      ims-north/67e17426-359e-49fb-aa12-0bd1756ec240 (golden-1) drifted
        - old    1
            shop tags.remove[0]: key matches "old"
        + owner  platform
            shop tags.ensure.owner: ensure wants "platform"
        ~ stage  pr|od\`\\u001b[31m → prod
            shop tags.normalize[0]: "PROD" normalizes to "prod"

      swr-north/shop/db in-sync
      5 targets: 1 in sync, 2 drifted, 1 refused, 1 unknown; 2 to add, 2 to copy, 3 to delete; 1 operation held back by guards; 2 applied, 1 failed, 1 skipped
      "
    `);
  });

  test('is the same whatever the order of reports', () => {
    expect(renderText(everyKind.toReversed(), { colors })).toBe(renderText(everyKind, { colors }));
    expect(renderText([inSync, inSync], { colors })).toContain('2 targets: 2 in sync');
  });

  test('counts outcomes only when something was tried', () => {
    expect(renderText([planned], { colors })).toMatch(
      /1 target: .*; 2 to add, 0 to copy, 1 to delete\n$/,
    );
    expect(renderText([applied], { colors })).toMatch(/; 2 applied, 1 failed, 1 skipped\n$/);
  });

  test('shows a target with a rule in error before the others that drifted', () => {
    const broken = { ...applied, performed: [] };
    const before = { ...planned, target: { account: 'a', path: 'a' } };

    const text = renderText([before, broken], { colors });

    expect(text.indexOf('swr-north/shop/web drifted')).toBe(0);
    expect(text.indexOf('a/a (golden-1) drifted')).toBeGreaterThan(0);
  });

  test('counts what guards hold back apart from what will be done', () => {
    const text = renderText([guarded, planned], { colors });
    const swept = renderText([guarded, planned], { colors, refusals: ['too many'] });

    expect(text).toContain('; 2 to add, 0 to copy, 1 to delete; 1 operation held back by guards\n');
    expect(swept).toContain(
      '; 0 to add, 0 to copy, 0 to delete; 4 operations held back by guards\n',
    );
  });

  test('ends with the closing line, after the refusals', () => {
    const text = renderText([guarded], { colors, refusals: ['too many'], closing: 'all refused' });

    expect(text).toMatch(/refused too many\nall refused\n$/);
  });

  test('leaves the summary out of a report in a stream', () => {
    expect(renderText([unknown], { colors, summary: false })).toBe(
      'hub/org/app unknown\n  ! LISTING_INCOMPLETE Cannot list "hub/org/app": page 2 of 3 is missing\n',
    );
  });

  test('keeps the digest that --confirm takes whole', () => {
    expect(renderText([refused], { colors })).toContain(`--confirm ${digestOf('refused plan')}`);
  });

  test('uses the colors it is given', () => {
    const painted = renderText([planned], { colors: createColors(true) });

    expect(painted).toContain('\u001b[32m+\u001b[39m owner');
    expect(painted).toContain('\u001b[33m~\u001b[39m stage');
  });

  test('lets no escape sequence of a tag value reach the terminal', () => {
    expect(renderText([planned], { colors })).not.toContain('\u001b');
  });

  test('tells the reason of several operations in a row once', () => {
    const deletes = applied.performed
      .slice(2)
      .map(({ operation }) => ({ operation, outcome: null }));

    const text = renderText([{ ...applied, performed: deletes }], { colors, summary: false });

    expect(text.match(/rule "old-ci"/g)).toHaveLength(1);
    expect(text).toContain('  - ci-1  d90fb3ce2dbb\n  - ci-2\n      shop retain[0]: ');
  });

  test('tells beside each delete the time it was judged by, and the reason they share once', () => {
    const deletes = applied.performed.slice(2).map(({ operation }, index) => ({
      operation: {
        ...operation,
        because: `is older than 30d: updated 2026-04-0${index + 1}T00:00:00Z (61 days)`,
      },
      outcome: null,
    }));

    const text = renderText([{ ...applied, performed: deletes }], { colors, summary: false });

    expect(text).toContain(
      [
        '  - ci-1  d90fb3ce2dbb  updated 2026-04-01T00:00:00Z (61 days)',
        '  - ci-2                updated 2026-04-02T00:00:00Z (61 days)',
        '      shop retain[0]: is older than 30d\n',
      ].join('\n'),
    );
  });

  test('counts targets that are in sync when there are more than five', () => {
    const quiet = Array.from({ length: 6 }, (_, index) => {
      return { ...inSync, target: { account: 'swr', path: `app-${index}` } };
    });

    const few = renderText(quiet.slice(1), { colors });
    const many = renderText([...quiet, planned], { colors });

    expect(few.match(/^swr\/app-\d in-sync$/gm)).toHaveLength(5);
    expect(many).not.toContain('swr/app-');
    expect(many).toContain('\n\n6 targets in sync\n7 targets: 6 in sync, 1 drifted');
  });

  test('lets no long name push the columns of the others aside', () => {
    const [first, second] = planned.performed;
    if (first === undefined || second === undefined) throw new Error('wrong fixture');
    const long = { ...second, operation: { ...second.operation, tag: 'l'.repeat(41) } };

    const text = renderText([{ ...planned, performed: [first, long] }], { colors });

    expect(text).toContain('\n  - old  1\n');
    expect(text).toContain(`\n  + ${'l'.repeat(41)}  platform\n`);
  });

  test('says how to let a guarded plan through once, with the whole digest', () => {
    const text = renderText([guarded], { colors });

    expect(text).toContain('  ! refused guard allTags: 4 of 4 tags go\n');
    expect(text.split('--confirm')).toHaveLength(2);
    expect(text).toContain(
      `\n      to let this one plan through: --confirm ${digestOf('refused plan')}\n`,
    );
  });

  test('fits prose to the terminal, and leaves names, values and digests whole', () => {
    const text = renderText([guarded, applied, unknown], { colors, columns: 44 });

    expect(text).toContain(
      '\n  ! LISTING_INCOMPLETE Cannot list\n    "hub/org/app": page 2\n    of 3 is missing\n',
    );
    expect(text).toContain('\n      shop channels[0]: newest version\n      matching >=1.0.0\n');
    expect(text).toContain('\n      ! failed: Cannot delete "ci-1": 503\n      (PROVIDER_');
    const long = text.split('\n').filter((line) => line.length > 44);
    expect(long.filter((line) => !/--confirm|^ {2}→|^\d targets/.test(line))).toEqual([]);
  });
});
