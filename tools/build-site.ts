import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import MiniSearch from 'minisearch';
import { renderLayout, type Section, sectionsOf } from './site/layout.ts';
import { deadLinks } from './site/links.ts';
import { navigationOf } from './site/navigation.ts';
import { type Page, readPages } from './site/page.ts';
import { renderPage, siteFile } from './site/render.ts';

const ASSETS = fileURLToPath(new URL('site/', import.meta.url));
/** The form of it that runs in a browser without a bundler. */
const require = createRequire(import.meta.url);
const MINISEARCH = join(dirname(require.resolve('minisearch')), '../umd/index.js');
/** site.js reads the index by the same. */
const FIELDS = { fields: ['title', 'page', 'text'], storeFields: ['title', 'page', 'href'] };

/** Builds the site of these pages, read from the working directory; throws when a link of theirs leads nowhere. */
export function buildSite(pages: readonly Page[], folder: string): void {
  const dead = deadLinks(pages);
  if (dead.length > 0)
    throw new Error(`Cannot build the site: ${dead.length} dead links\n${dead.join('\n')}`);
  rmSync(folder, { recursive: true, force: true });
  const parts = navigationOf(pages);
  const known = new Set(pages.map(({ path }) => path));
  const sections: Section[] = [];
  for (const page of pages) {
    const { html, files } = renderPage(page, (path) => known.has(path));
    write(join(folder, siteFile(page.path)), renderLayout(page, html, parts));
    for (const file of files) copy(file, join(folder, file));
    sections.push(...sectionsOf(page, sections.length));
  }
  for (const asset of ['site.css', 'site.js']) copy(join(ASSETS, asset), join(folder, asset));
  copy(MINISEARCH, join(folder, 'minisearch.js'));
  write(join(folder, 'search.js'), `globalThis.searchIndex = ${searchIndex(sections)};\n`);
}

/** A script may read what a page from a disk may not fetch. */
function searchIndex(sections: readonly Section[]): string {
  const index = new MiniSearch<Section>(FIELDS);
  index.addAll(sections);
  return JSON.stringify(JSON.stringify(index));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

if (import.meta.main) {
  const pages = readPages();
  buildSite(pages, 'dist-site');
  console.log(`${pages.length} pages in dist-site; open dist-site/index.html`);
}
