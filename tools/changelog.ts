import { readFileSync } from 'node:fs';
import semver from 'semver';

/** The kinds of change of Keep a Changelog 1.1, in its order. */
export const CHANGES = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const;

/** One release of CHANGELOG.md. */
export interface ReleaseNotes {
  /** Null: what is not released yet. */
  readonly version: string | null;
  /** YYYY-MM-DD; null for what is not released yet. */
  readonly date: string | null;
  /** Lists of changes by their kind, in the order of the file. */
  readonly changes: ReadonlyMap<string, readonly string[]>;
  /** Everything under the heading. */
  readonly text: string;
}

const HEADING = /^## \[(?<version>[^\]]+)\](?: - (?<date>\d{4}-\d{2}-\d{2}))?$/;

/** The releases of a changelog, as they stand in it; lines that are no such heading belong to the release above. */
export function parseChangelog(text: string): readonly ReleaseNotes[] {
  const blocks = text.split(/^(?=## )/m).slice(1);
  return blocks.map((block) => {
    const [heading = '', ...lines] = block.split('\n');
    const { version = heading, date = null } = HEADING.exec(heading)?.groups ?? {};
    return {
      version: version === 'Unreleased' ? null : version,
      date,
      changes: changesOf(lines),
      text: lines.join('\n').trim(),
    };
  });
}

function changesOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const changes = new Map<string, string[]>();
  let kind = '';
  for (const line of lines) {
    const heading = /^### (?<kind>.*)$/.exec(line)?.groups?.['kind'] ?? null;
    if (heading !== null) {
      // A kind that stands twice is kept apart, so that it can be told.
      kind = changes.has(heading) ? `${heading} again` : heading;
      changes.set(kind, []);
    } else if (line.startsWith('- ')) {
      changes.set(kind, [...(changes.get(kind) ?? []), line.slice(2)]);
    }
  }
  return changes;
}

/** What is wrong with a changelog by Keep a Changelog, and by the version of the package; empty: nothing. */
export function changelogProblems(text: string, packageVersion: string): readonly string[] {
  const [first, ...released] = parseChangelog(text);
  const versions = released.map(({ version }) => version ?? 'Unreleased');
  const valid = versions.filter((version) => semver.valid(version) !== null);
  const newest = valid[0] ?? '0.0.0';
  return [
    ...(first?.version === null ? [] : ['the first heading is not "## [Unreleased]"']),
    ...versions
      .filter((version) => semver.valid(version) === null)
      .map((version) => `"${version}" is no version`),
    ...valid
      .filter((version, at) => at > 0 && semver.gte(version, valid[at - 1] ?? ''))
      .map((version) => `${version} does not stand below a newer version`),
    ...released
      .filter(({ date }) => date === null || Number.isNaN(Date.parse(date)))
      .map(({ version }) => `${version ?? 'Unreleased'} has no date`),
    ...[...(first === undefined ? [] : [first]), ...released].flatMap(changeProblems),
    ...(semver.lt(packageVersion, newest)
      ? [`package.json says ${packageVersion}, and ${newest} is released`]
      : []),
  ];
}

function changeProblems({ version, changes }: ReleaseNotes): readonly string[] {
  const release = version ?? 'Unreleased';
  const kinds: readonly string[] = CHANGES;
  return [...changes].flatMap(([kind, lines]) => [
    ...(kinds.includes(kind) ? [] : [`${release}: "${kind}" is none of ${CHANGES.join(', ')}`]),
    ...(lines.length === 0 ? [`${release}: ${kind} is empty`] : []),
  ]);
}

/** `node tools/changelog.ts VERSION`: the notes of a release; exit 1 when there are none, or the changelog is wrong. */
function main(version: string): number {
  const text = readFileSync('CHANGELOG.md', 'utf8');
  const { version: ours } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const notes = parseChangelog(text).find((release) => release.version === version)?.text ?? null;
  const problems = [
    ...changelogProblems(text, ours),
    ...(ours === version ? [] : [`package.json says ${ours}, wanted ${version}`]),
    ...(notes === null || notes === '' ? [`CHANGELOG.md says nothing of ${version}`] : []),
  ];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0) process.stdout.write(`${notes}\n`);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = main(process.argv[2] ?? '');
