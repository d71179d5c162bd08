import { globSync, readFileSync } from 'node:fs';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  /** First word behind the fence. */
  readonly language: string;
  /** What stands behind the language, such as `compose` in `yaml compose`. */
  readonly kind: string;
  readonly text: string;
}

/** Something on one line of a page: where a link leads, or what a code span holds. */
export interface Mention {
  readonly page: string;
  readonly line: number;
  readonly text: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Mention[];
  readonly spans: readonly Mention[];
  readonly headings: readonly Heading[];
  /** Ids that a link may name after `#`, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

/** A heading, and the id that GitHub and the site give it. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

/** Every page somebody may read, built into the site or not. */
export const PAGE_GLOBS = ['*.md', '{docs,src,bench,deploy,policies,.github}/**/*.md'] as const;

/** All pages of the repository. */
export function readPages(): readonly Page[] {
  return globSync(PAGE_GLOBS)
    .toSorted()
    .map((path) => parsePage(path.replaceAll('\\', '/'), readFileSync(path, 'utf8')));
}

const markdown = new MarkdownIt({ html: true });
type Token = ReturnType<typeof markdown.parse>[number];

/** What the checks need of one page. */
export function parsePage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const links: Mention[] = [];
  const spans: Mention[] = [];
  const headings: Heading[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  const tokens = markdown.parse(text, {});
  let line = 1;
  tokens.forEach((token, index) => {
    // The cells of a table do not say where they stand; their row does.
    line = token.map === null ? line : token.map[0] + 1;
    const here = line;
    const at = (found: string): Mention => ({ page: path, line: here, text: found });
    if (token.type === 'fence') blocks.push({ page: path, line, ...fence(token) });
    if (token.type === 'code_block')
      blocks.push({ page: path, line, language: '', kind: '', text: token.content });
    const before = tokens[index - 1];
    if (before?.type === 'heading_open') {
      const level = Number(before.tag.slice(1));
      headings.push({ level, text: plainText(token), id: slugger.slug(plainText(token)) });
    }
    for (const part of [token, ...(token.children ?? [])]) {
      if (part.type === 'code_inline') spans.push(at(part.content));
      links.push(...leadsTo(part).map(at));
      for (const id of idsOf(part)) anchors.add(id);
    }
  });
  for (const { id } of headings) anchors.add(id);
  return { path, text, blocks, links, spans, headings, anchors };
}

function fence({ info, content }: Token): Pick<Block, 'language' | 'kind' | 'text'> {
  const [language = '', ...kind] = info.trim().split(/\s+/);
  return { language, kind: kind.join(' '), text: content };
}

function plainText({ children }: Token): string {
  return (children ?? []).map(({ content }) => content).join('');
}

function leadsTo(token: Token): readonly string[] {
  if (token.type === 'link_open') return [String(token.attrGet('href') ?? '')];
  if (token.type === 'image') return [String(token.attrGet('src') ?? '')];
  if (!token.type.startsWith('html_')) return [];
  return [...token.content.matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, to = '']) => to);
}

function idsOf({ type, content }: Token): readonly string[] {
  if (!type.startsWith('html_')) return [];
  return [...content.matchAll(/\b(?:id|name)="([^"]*)"/g)].map(([, id = '']) => id);
}
