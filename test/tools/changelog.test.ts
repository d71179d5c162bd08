import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { changelogProblems, parseChangelog } from '../../tools/changelog.ts';

const GOOD = `# Changelog

## [Unreleased]

### Added

- A thing,
  in two lines.

## [0.2.0] - 2026-12-01

### Fixed

- Another.

## [0.1.0] - 2026-11-22

### Security

- The first.
`;

describe('parseChangelog()', () => {
  test('finds releases, their dates, their changes and their text', () => {
    const [, second] = parseChangelog(GOOD);

    expect(parseChangelog(GOOD).map(({ version }) => version)).toEqual([null, '0.2.0', '0.1.0']);
    expect(second).toMatchObject({ date: '2026-12-01', text: '### Fixed\n\n- Another.' });
    expect([...(second?.changes ?? [])]).toEqual([['Fixed', ['Another.']]]);
  });
});

describe('changelogProblems()', () => {
  test('finds none in CHANGELOG.md', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

    expect(changelogProblems(readFileSync('CHANGELOG.md', 'utf8'), version)).toEqual([]);
  });

  test.each([
    ['the way it should be', '', '', '0.2.0', []],
    [
      'no Unreleased',
      '## [Unreleased]',
      '## [0.3.0] - 2026-12-02',
      '0.3.0',
      ['the first heading is not "## [Unreleased]"'],
    ],
    ['no version', '[0.2.0]', '[two]', '0.2.0', ['"two" is no version']],
    [
      'a wrong order',
      '[0.2.0]',
      '[0.0.9]',
      '0.2.0',
      ['0.1.0 does not stand below a newer version'],
    ],
    ['no date', ' - 2026-12-01', '', '0.2.0', ['0.2.0 has no date']],
    ['a wrong date', '2026-12-01', '2026-13-01', '0.2.0', ['0.2.0 has no date']],
    [
      'an unknown kind',
      '### Fixed',
      '### Improved',
      '0.2.0',
      ['0.2.0: "Improved" is none of Added, Changed, Deprecated, Removed, Fixed, Security'],
    ],
    ['an empty kind', '- Another.', '', '0.2.0', ['0.2.0: Fixed is empty']],
    ['an old package', '', '', '0.1.0', ['package.json says 0.1.0, and 0.2.0 is released']],
  ])('tells of %s', (_what, from, to, version, problems) => {
    const found = changelogProblems(from === '' ? GOOD : GOOD.replace(from, to), version);

    expect(found).toEqual(problems);
  });

  test('tells of a kind that stands twice', () => {
    const text = GOOD.replace('## [0.2.0]', '### Added\n\n- More.\n\n## [0.2.0]');

    expect(changelogProblems(text, '0.2.0')).toEqual([
      'Unreleased: "Added again" is none of Added, Changed, Deprecated, Removed, Fixed, Security',
    ]);
  });
});
