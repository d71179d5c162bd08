import { type NavigationPart, titleOf } from './navigation.ts';
import type { Page } from './page.ts';
import { siteFile, siteLink } from './render.ts';

/** A whole HTML file. Every address in it is relative, so the site works at any place, and from a disk. */
export function renderLayout(page: Page, body: string, parts: readonly NavigationPart[]): string {
  const root = siteLink(page.path, 'README.md').replace(/index\.html$/, '');
  const title = page.path === 'README.md' ? 'tagwarden' : `${titleOf(page)} · tagwarden`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${root}site.css">
<script src="${root}site.js" data-root="${root}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header>
<a class="brand" href="${root}index.html">tagwarden</a>
<div class="search" role="search">
<input type="search" placeholder="Search (/)" aria-label="Search the documentation" aria-controls="results" autocomplete="off">
<ol id="results" hidden></ol>
</div>
<button class="theme" type="button" aria-label="Switch between light and dark">◐</button>
</header>
<div class="columns">
<nav aria-label="Pages"><details open><summary>Pages</summary>${renderParts(page, parts)}</details></nav>
<main id="content">${body}</main>
<aside aria-label="On this page">${renderContents(page)}</aside>
</div>
</body>
</html>
`;
}

function renderParts(here: Page, parts: readonly NavigationPart[]): string {
  return parts
    .map(({ title, pages }) => {
      const isLong = pages.length > 12 && !pages.includes(here);
      const items = pages.map((page) => renderItem(here, page)).join('');
      return `<details${isLong ? '' : ' open'}><summary>${title}</summary><ul>${items}</ul></details>`;
    })
    .join('');
}

function renderItem(here: Page, page: Page): string {
  const current = page === here ? ' aria-current="page"' : '';
  const name = page.path === 'README.md' ? 'Overview' : titleOf(page);
  return `<li><a href="${siteLink(here.path, page.path)}"${current}>${escapeHtml(name)}</a></li>`;
}

function renderContents({ headings }: Page): string {
  const items = headings
    .filter(({ level }) => level === 2)
    .map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`);
  return items.length < 2 ? '' : `<p>On this page</p><ul>${items.join('')}</ul>`;
}

/** Text that may stand anywhere in HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A section as the search knows it. */
export interface Section {
  readonly id: number;
  readonly href: string;
  readonly page: string;
  readonly title: string;
  readonly text: string;
}

/** A page cut at its headings, for the search. */
export function sectionsOf(page: Page, firstId: number): readonly Section[] {
  const parts = page.text.split(/^(?=#{1,3} )/m).filter((part) => /^#{1,3} /.test(part));
  const headings = page.headings.filter(({ level }) => level <= 3);
  return parts.map((part, index) => ({
    id: firstId + index,
    href: `${siteFile(page.path)}#${headings[index]?.id ?? ''}`,
    page: titleOf(page),
    title: headings[index]?.text ?? titleOf(page),
    text: part.replace(/^.*\n/, '').replaceAll(/[`*|]|<!--.*?-->|\]\([^)]*\)/gs, ' '),
  }));
}
