/** Planning one repository of 50,000 tags with 6 channels and 5 retain rules: time against one sort of the names, and memory. */
import { createHash } from 'node:crypto';
import type { ListedTag } from '../src/model/tag.ts';
import { type PlanInput, planTarget } from '../src/plan/plan.ts';
import {
  aChannel,
  anImagePolicy,
  aRetain,
  IMAGE_CAPABILITIES,
  planInput,
} from '../test/support/policies.ts';
import { applyInMemory, NOW, REPOSITORY } from '../test/support/tags.ts';

const ROUNDS = 5;
const SIZE = Number(process.argv[2] ?? 50_000);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const digest = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Two versions, two builds of a branch and one of main in every five tags; every tenth shares its digest. */
function nameOf(index: number): string {
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
      return `main-${digest(`${index}`).slice(7, 14)}-${1_700_000_000 + ((index * 7_919) % 50_000)}`;
  }
}

function aRepository(): ListedTag[] {
  return Array.from({ length: SIZE }, (_, index) => {
    const at = new Date(NOW.getTime() - ((index * 7_919) % 4_000) * HOUR_MS);
    const value = digest(`${index - (index % 10 === 9 ? 1 : 0)}`);
    return { name: nameOf((index * 4_999) % SIZE), value, createdAt: at, updatedAt: at };
  });
}

const policy = anImagePolicy({
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

const memoryBefore = settledMemory();
const tags = aRepository();
const input: PlanInput = planInput({
  target: REPOSITORY,
  policies: [policy],
  listing: { target: REPOSITORY, tags },
  capabilities: IMAGE_CAPABILITIES,
});
const first = timed(() => planTarget(input));
const peakBytes = process.memoryUsage().rss - memoryBefore;
const later = rounds(() => timed(() => planTarget(input)).ms);
const sorting = rounds(() => {
  const names = tags.map(({ name }) => name);
  return timed(() => names.sort()).ms;
});

const { operations, findings } = first.result;
const settled = {
  ...input,
  listing: { target: REPOSITORY, tags: applyInMemory(tags, operations) },
};
const inSync = rounds(() => timed(() => planTarget(settled)).ms);
console.log(`${SIZE} tags, ${operations.length} operations, ${findings.length} findings`);
console.log(`first plan         ${first.ms.toFixed(0)} ms (cold)`);
console.log(
  `median of ${ROUNDS}        ${median(later).toFixed(0)} ms  [${later.map((ms) => ms.toFixed(0)).join(' ')}]`,
);
console.log(
  `once in sync       ${median(inSync).toFixed(0)} ms, ${settled.listing.tags.length} tags`,
);
console.log(
  `one sort of names  ${median(sorting).toFixed(1)} ms; plan / sort = ${(median(later) / median(sorting)).toFixed(1)}`,
);
console.log(
  `memory             ${mib(peakBytes)} MiB over the bare process after one plan, listing included; ${mib(peak() - memoryBefore)} MiB at the peak of all`,
);

function timed<Result>(work: () => Result): { readonly result: Result; readonly ms: number } {
  const startedAt = performance.now();
  const result = work();
  return { result, ms: performance.now() - startedAt };
}

function rounds(measure: () => number): number[] {
  return Array.from({ length: ROUNDS }, measure);
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function settledMemory(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

function peak(): number {
  return process.resourceUsage().maxRSS * 1_024;
}

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
