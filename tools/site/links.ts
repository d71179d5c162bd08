import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import type { Mention, Page } from './page.ts';

/** What is wrong with where a link leads; null: nothing. Other sites are not asked. */
function problemOf({ page, text }: Mention, pages: ReadonlyMap<string, Page>): string | null {
  if (/^(?:https?:\/\/[^\s/]+\.[^\s]+|mailto:.+@.+)$/.test(text)) return null;
  if (/^[a-z]+:/i.test(text)) return 'is of a kind that no page has';
  if (text.startsWith('/')) return 'starts with /, which means something else on each site';
  const [to = '', anchor = ''] = decodeURI(text).split('#');
  const path = to === '' ? page : normalize(join(dirname(page), to));
  if (path.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(path)) return 'leads to no file';
  if (anchor === '') return null;
  const target = pages.get(path);
  if (target === undefined) return 'has an anchor, but leads to no page';
  return target.anchors.has(anchor) ? null : `leads to a heading that is not in ${path}`;
}

/** Every link of these pages that leads nowhere, with its place. */
export function deadLinks(pages: readonly Page[]): readonly string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  return pages
    .flatMap(({ links }) => links)
    .flatMap((link) => {
      const problem = problemOf(link, byPath);
      return problem === null ? [] : [`${link.page}:${link.line}: "${link.text}" ${problem}`];
    });
}
