import type { Page } from './page.ts';

/** A part of the navigation: pages by path, or all below a folder when it ends in a slash. */
interface Part {
  readonly title: string;
  readonly of: readonly string[];
}

/** In this order; a page is in the first part that names it. Names may stand here before their page does. */
const PARTS: readonly Part[] = [
  { title: 'Start', of: ['README.md', 'docs/index.md', 'docs/tutorial.md'] },
  {
    title: 'How to: policies',
    of: ['first-policy', 'channels', 'retention', 'promotion', 'image-tags', 'explain'].map(
      (name) => `docs/how-to/${name}.md`,
    ),
  },
  {
    title: 'How to: set up',
    of: [
      'docs/policy-sources.md',
      'docs/how-to/secrets.md',
      'docs/webhooks.md',
      'docs/notifications.md',
      'docs/ci.md',
      'docs/image.md',
      'docs/deploy.md',
      'deploy/',
      'docs/how-to/scale-out.md',
    ],
  },
  {
    title: 'How to: run',
    of: ['docs/operating.md', 'docs/upgrade.md', 'docs/how-to/'],
  },
  { title: 'Runbooks', of: ['docs/runbooks/'] },
  {
    title: 'Reference',
    of: [
      'docs/cli.md',
      'docs/configuration.md',
      'docs/policy-reference.md',
      'docs/errors.md',
      'docs/metrics.md',
      'docs/api.md',
      'docs/telemetry.md',
      'docs/glossary.md',
      'docs/simulator.md',
    ],
  },
  { title: 'Providers', of: ['docs/providers.md', 'src/'] },
  {
    title: 'Explanation',
    of: [
      'docs/explanation/',
      'docs/architecture.md',
      'docs/threat-model.md',
      'docs/compare.md',
      'bench/',
    ],
  },
  { title: 'Decisions', of: ['docs/adr/README.md', 'docs/adr/'] },
  { title: 'Project', of: ['CHANGELOG.md', 'docs/releasing.md', 'CONTRIBUTING.md', 'SECURITY.md'] },
  { title: 'More', of: ['docs/', ''] },
];

/** A part with the pages that are there. */
export interface NavigationPart {
  readonly title: string;
  readonly pages: readonly Page[];
}

/** All pages, each once, in parts; built from the tree, so a page that is written is found. */
export function navigationOf(pages: readonly Page[]): readonly NavigationPart[] {
  const left = new Map(pages.map((page) => [page.path, page]));
  const parts = PARTS.map(({ title, of }) => {
    const found = of.flatMap((name) => [...left.values()].filter(({ path }) => isIn(path, name)));
    for (const { path } of found) left.delete(path);
    return { title, pages: [...new Set(found)] };
  });
  return parts.filter((part) => part.pages.length > 0);
}

function isIn(path: string, name: string): boolean {
  return name === '' || name.endsWith('/') ? path.startsWith(name) : path === name;
}

/** What a page is called: its first heading. */
export function titleOf({ headings, path }: Page): string {
  return headings.find(({ level }) => level === 1)?.text ?? path;
}
