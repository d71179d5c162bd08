import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, normalize, relative } from 'node:path/posix';
import MarkdownIt from 'markdown-it';
import type { Page } from './page.ts';

/** What is used of highlight.js. Its own types bring those of browsers into every file of the project. */
interface Highlighter {
  readonly getLanguage: (name: string) => object | undefined;
  readonly highlight: (text: string, options: { language: string }) => { readonly value: string };
}

const require = createRequire(import.meta.url);
const highlighter: Highlighter = require('highlight.js/lib/common');

const markdown = new MarkdownIt({ html: true, highlight });
type Token = ReturnType<typeof markdown.parse>[number];

/** A page as HTML, and the files it shows or links that are no pages. */
export interface Rendered {
  readonly html: string;
  readonly files: readonly string[];
}

/** Where a page stands in the site: the tree of the repository, with the README as its home. */
export function siteFile(path: string): string {
  return path === 'README.md' ? 'index.html' : path.replace(/\.md$/, '.html');
}

/** The way from one file of the site to another. */
export function siteLink(from: string, to: string): string {
  return relative(dirname(siteFile(from)), siteFile(to)) || '.';
}

/** The body of a page, its links leading to the pages of the site. */
export function renderPage(page: Page, isPage: (path: string) => boolean): Rendered {
  const files: string[] = [];
  const lead = (href: string): string | null => {
    if (/^(?:[a-z]+:|#)/.test(href)) return href;
    const [to = '', anchor] = href.split('#');
    const path = pageOf(normalize(join(dirname(page.path), to)).replace(/\/$/, ''), isPage);
    if (path === null) return null;
    if (!isPage(path)) files.push(path);
    return `${siteLink(page.path, path)}${anchor === undefined ? '' : `#${anchor}`}`;
  };
  const change = (part: Token, name: 'href' | 'src'): void => {
    const to = lead(String(part.attrGet(name) ?? ''));
    if (to === null) part.attrs = (part.attrs ?? []).filter(([other]) => other !== name);
    else part.attrSet(name, to);
  };
  const tokens = markdown.parse(page.text, {});
  const ids = page.headings.map(({ id }) => id);
  for (const token of tokens) {
    if (token.type === 'heading_open') token.attrSet('id', ids.shift() ?? '');
    for (const part of token.children ?? []) {
      if (part.type === 'link_open') change(part, 'href');
      if (part.type === 'image') change(part, 'src');
    }
  }
  const html = markdown.renderer
    .render(tokens, markdown.options, {})
    .replaceAll('<table>', '<div class="wide"><table>')
    .replaceAll('</table>', '</table></div>');
  return { html, files };
}

/** What a link to this path opens; a folder stands for its README, and without one for nothing a site can show. */
function pageOf(path: string, isPage: (path: string) => boolean): string | null {
  if (isPage(path) || !statSync(path).isDirectory()) return path;
  const readme = join(path, 'README.md');
  return isPage(readme) ? readme : null;
}

function highlight(text: string, language: string): string {
  if (highlighter.getLanguage(language) === undefined) return '';
  return highlighter.highlight(text, { language }).value;
}
