import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import MiniSearch from 'minisearch';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { buildSite } from '../../tools/build-site.ts';
import { navigationOf } from '../../tools/site/navigation.ts';
import { parsePage, readPages } from '../../tools/site/page.ts';
import { siteFile } from '../../tools/site/render.ts';

const PAGES = readPages();

async function temporaryFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'tagwarden-site-'));
}

/** Addresses in a built page that no file of the site answers. */
function deadAddresses(file: string): readonly string[] {
  const html = readFileSync(file, 'utf8');
  return [...html.matchAll(/ (?:href|src)="([^"]*)"/g)]
    .map(([, to = '']) => to)
    .filter((to) => !/^(?:[a-z]+:|#)/.test(to))
    .map((to) => decodeURI(to.split('#')[0] ?? ''))
    .filter((to) => !existsSync(join(dirname(file), to)))
    .map((to) => `${file}: ${to}`);
}

describe('buildSite()', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    buildSite(PAGES, folder);
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  test('buildSite() makes every page, and every address in it is answered', () => {
    const files = PAGES.map(({ path }) => join(folder, siteFile(path)));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect(files.flatMap(deadAddresses)).toEqual([]);
  });

  test('buildSite() leads to other pages, shows pictures, marks code and gives headings their ids', () => {
    const html = readFileSync(join(folder, 'docs/explanation/level-triggered.html'), 'utf8');
    const tutorial = readFileSync(join(folder, 'docs/tutorial.html'), 'utf8');

    expect(html).toContain('src="../architecture.svg"');
    expect(html).toContain('<h2 id="a-job-names-a-target-nothing-else">');
    expect(html).toContain('href="../tutorial.html"');
    expect(tutorial).toContain('<span class="hljs-attr">provider:</span>');
    expect(tutorial).toContain('<a href="tutorial.html" aria-current="page">');
  });

  test('buildSite() fills the search with the sections of all pages', () => {
    const script = readFileSync(join(folder, 'search.js'), 'utf8');
    const text = script.replace(/^globalThis\.searchIndex = /, '').replace(/;\n$/, '');
    const index = MiniSearch.loadJSON(z.string().parse(JSON.parse(text)), {
      fields: ['title', 'page', 'text'],
      storeFields: ['title', 'page', 'href'],
    });

    expect(index.search('lost redis', { prefix: true })[0]).toMatchObject({
      href: 'docs/how-to/disaster.html#lost-redis',
    });
    expect(existsSync(join(folder, 'minisearch.js'))).toBe(true);
  });

  test('buildSite() takes a folder for its README, and leaves no link where there is none', async () => {
    const other = await temporaryFolder();
    onTestFinished(async () => await rm(other, { recursive: true, force: true }));
    const text = '# X\n\n[adr](adr/), [policies](../policies)\n';
    const pages = [parsePage('docs/x.md', text), parsePage('docs/adr/README.md', '# A\n')];

    buildSite(pages, other);

    expect(readFileSync(join(other, 'docs/x.html'), 'utf8')).toContain(
      '<p><a href="adr/README.html">adr</a>, <a>policies</a></p>',
    );
  });

  test('buildSite() refuses pages with a dead link and leaves what was there', async () => {
    const old = await temporaryFolder();
    onTestFinished(async () => await rm(old, { recursive: true, force: true }));
    const pages = [parsePage('docs/x.md', '# X\n\n[gone](gone.md)\n')];

    expect(() => buildSite(pages, old)).toThrow(
      'Cannot build the site: 1 dead links\ndocs/x.md:3: "gone.md" leads to no file',
    );
    expect(existsSync(old)).toBe(true);
  });
});

describe('navigationOf()', () => {
  test('navigationOf() has every page once', () => {
    const shown = navigationOf(PAGES).flatMap(({ pages }) => pages.map(({ path }) => path));

    expect(shown.toSorted()).toEqual(PAGES.map(({ path }) => path));
  });

  test('navigationOf() puts a new page where its folder belongs', () => {
    const pages = ['docs/runbooks/a.md', 'docs/how-to/b.md', 'docs/c.md', 'docs/deploy.md'];
    const parts = navigationOf(pages.map((path) => parsePage(path, '# T')));

    expect(parts.map(({ title, pages: [first] }) => [title, first?.path])).toEqual([
      ['How to: set up', 'docs/deploy.md'],
      ['How to: run', 'docs/how-to/b.md'],
      ['Runbooks', 'docs/runbooks/a.md'],
      ['More', 'docs/c.md'],
    ]);
  });
});
