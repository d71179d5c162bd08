import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ISSUES } from '../../src/policy/codes.ts';

/** Codes that only the configuration file can have. */
const OF_CONFIGURATION = ['literal-secret', 'not-yet', 'secret-missing', 'wrong-document'];
const GALLERY = globSync('test/fixtures/policies-bad/*.txt').map((path) =>
  readFileSync(path, 'utf8'),
);

describe('ISSUES', () => {
  test('ISSUES holds no code that the gallery of mistakes does not show', () => {
    const shown = GALLERY.flatMap((text) =>
      [...text.matchAll(/: (?:error|warning)\[([a-z-]+)\] /g)].map(([, code = '']) => code),
    );

    expect([...new Set(shown), ...OF_CONFIGURATION].sort()).toEqual(Object.keys(ISSUES).sort());
  });

  test('ISSUES has a gallery of at least sixty mistakes, each with a message', () => {
    expect(GALLERY.filter((text) => /: (?:error|warning)\[/.test(text)).length).toBe(
      GALLERY.length,
    );
    expect(GALLERY.length).toBeGreaterThanOrEqual(60);
  });

  test.each(Object.entries(ISSUES))(
    '%s says what it means and what to do, in one line each',
    (_code, issue) => {
      for (const text of [issue.means, issue.remedy])
        expect(text).toMatch(/^[A-Z"][^\n]{15,}[^.\s]$/);
    },
  );

  test('ISSUES is in alphabetical order', () => {
    expect(Object.keys(ISSUES)).toEqual(Object.keys(ISSUES).sort());
  });
});
