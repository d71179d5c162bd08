/** Two repositories to plan, and the one policy for both: what a busy one looks like, and the hardest we could think of. */
import { hash } from 'node:crypto';
import type { ListedTag } from '../src/model/tag.ts';
import { aChannel, anImagePolicy, aRetain } from '../test/support/policies.ts';
import { NOW } from '../test/support/tags.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Prime to both sizes and to the hours, so that names, ages and the order of the listing are mixed. */
const STEP = 7_919;

const PAGE = 1_000;

export const REPOSITORY_NAMES = ['busy', 'hard'] as const;
export type RepositoryName = (typeof REPOSITORY_NAMES)[number];

/** So many tags in no order, as pages of JSON; every tenth shares its digest with another, as a promoted build does. */
export function pagesOf(repository: RepositoryName, size: number): string[] {
  const nameOf = repository === 'busy' ? busyName : hardName;
  return Array.from({ length: Math.ceil(size / PAGE) }, (_page, page) => {
    const length = Math.min(PAGE, size - page * PAGE);
    const tags = Array.from({ length }, (_tag, offset) => {
      const index = page * PAGE + offset;
      return {
        name: nameOf((index * STEP) % size),
        value: digest(`${index - (index % 10 === 9 ? 1 : 0)}`),
        updatedAtMs: NOW.getTime() - ((index * STEP) % 4_000) * HOUR_MS,
      };
    });
    return JSON.stringify(tags);
  });
}

type Received = Pick<ListedTag, 'name' | 'value'> & { readonly updatedAtMs: number };

/** The tags of one page, as a provider lists them. */
export function readPage(text: string): ListedTag[] {
  const received: readonly Received[] = JSON.parse(text);
  return received.map(({ name, value, updatedAtMs }) => {
    const updatedAt = new Date(updatedAtMs);
    return { name, value, createdAt: updatedAt, updatedAt };
  });
}

/**
 * In every hundred tags 90 builds of 60 branches, 5 of main, 4 releases (2,000, some of them candidates) and one by
 * hand or a signature. The releases are 40 a minor version, of 6 majors: 50 templated channels.
 */
function busyName(index: number): string {
  const hundred = Math.floor(index / 100);
  const kind = index % 100;
  if (kind < 90) return `ci-feature-${index % 61}-${index}`;
  if (kind < 95) return mainName(index);
  if (kind < 99) return releaseName(hundred * 4 + kind - 95);
  return hundred % 2 === 0 ? `sha256-${digest(`${index}`).slice(7)}.sig` : `try-${index}`;
}

function releaseName(number: number): string {
  const minor = Math.floor(number / 40);
  const version = `${Math.floor(minor / 9)}.${minor % 9}.${number % 40}`;
  return number % 8 === 7 ? `${version}-rc.1` : version;
}

/** Two versions, two builds of a branch and one of main in every five tags; 1,900 templated channels. */
function hardName(index: number): string {
  const part = Math.floor(index / 5);
  switch (index % 5) {
    case 0:
      return `${part % 9}.${part % 211}.${part}`;
    case 1:
      return `v${part % 9}.${part % 211}.${part}-rc.${part % 4}`;
    case 2:
    case 3:
      return `ci-feature-${part % 97}-${index}`;
    default:
      return mainName(index);
  }
}

function mainName(index: number): string {
  return `main-${digest(`${index}`).slice(7, 14)}-${1_700_000_000 + ((index * STEP) % 50_000)}`;
}

function digest(text: string): string {
  return `sha256:${hash('sha256', text)}`;
}

export const rules = anImagePolicy({
  channels: [
    aChannel({ tag: '{{ major }}.{{ minor }}' }),
    aChannel({
      tag: 'latest',
      filter: { pattern: 'main-[0-9a-f]{7}-(?<ts>\\d+)', extract: 'ts' },
      select: { by: 'numerical', order: 'highest' },
    }),
    aChannel({ tag: 'fresh', select: { by: 'newest', time: 'updated' } }),
    aChannel({
      tag: 'stable',
      select: { by: 'semver', range: '>=1.0.0', prerelease: false },
      minAgeMs: 2 * DAY_MS,
      backup: 'stable-previous',
    }),
    aChannel({ tag: 'lts', select: { by: 'semver', range: '<5', prerelease: false } }),
    aChannel({ tag: 'next', select: { by: 'semver', range: '*', prerelease: true } }),
  ],
  retain: [
    aRetain({ name: 'releases', action: 'keep', semver: '*' }),
    aRetain({
      name: 'recent-ci',
      action: 'keep',
      pattern: 'ci-.*',
      newest: 10,
      groupBy: 'ci-(?<branch>.+)-[0-9]+',
    }),
    aRetain({ name: 'old-ci', pattern: 'ci-.*', olderThanMs: 30 * DAY_MS }),
    aRetain({
      name: 'recent-main',
      action: 'keep',
      pattern: 'main-.*',
      newest: 50,
      countBy: 'digest',
    }),
    aRetain({ name: 'old-main', pattern: 'main-[0-9a-f]{7}-[0-9]+', olderThanMs: 90 * DAY_MS }),
  ],
  protect: ['prod-*', 'release-?'],
});
