import { describe, expect, test } from 'vitest';
import { deadLinks } from '../../tools/site/links.ts';
import { parsePage, readPages } from '../../tools/site/page.ts';

const PAGES = readPages();

describe('the links of all pages', () => {
  test('lead to a file, and to a heading that it has', () => {
    expect(PAGES.flatMap(({ links }) => links).length).toBeGreaterThan(100);
    expect(deadLinks(PAGES)).toEqual([]);
  });

  test.each([
    ['[x](docs/nowhere.md)', 'leads to no file'],
    ['[x](docs/cli.md#nothing)', 'leads to a heading that is not in docs/cli.md'],
    ['[x](#nothing)', 'leads to a heading that is not in README.md'],
    ['[x](docs/nowhere/)', 'leads to no file'],
    ['[x](../README.md)', 'leads out of the repository'],
    ['[x](/docs/cli.md)', 'starts with /'],
    ['[x]: ftp://host.example/x\n\n[x]', 'is of a kind that no page has'],
    ['![x](docs/nothing.svg)', 'leads to no file'],
    ['<img src="docs/nothing.svg">', 'leads to no file'],
  ])('a link that is wrong would be noticed: %s', (text, wanted) => {
    const others = PAGES.filter(({ path }) => path !== 'README.md');
    const found = deadLinks([...others, parsePage('README.md', text)]).filter((problem) =>
      problem.startsWith('README.md:'),
    );

    expect(found).toEqual([expect.stringContaining(wanted)]);
  });
});
