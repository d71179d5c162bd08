import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const TEXT = readFileSync('.github/workflows/release.yml', 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | boolean | number>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly needs?: string | readonly string[];
        readonly environment?: string;
        readonly permissions: Readonly<Record<string, string>>;
        readonly steps: readonly Step[];
      }
    >
  >;
}

/** Actionlint and the pins of actions are tested with all workflows, in ci-files.test.ts. */
describe('.github/workflows/release.yml', () => {
  const workflow = parse(TEXT) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const stepsOf = (job: string): readonly Step[] => workflow.jobs[job]?.steps ?? [];

  test('says that it was not run yet', () => {
    expect(TEXT).toMatch(/^# NOT YET RUN: /);
    expect(readFileSync('docs/releasing.md', 'utf8')).toContain('has not been run yet');
  });

  test('runs for tags of versions alone, and gives each job the least rights', () => {
    const rights = Object.fromEntries(
      Object.entries(workflow.jobs).map(([name, { permissions }]) => [name, permissions]),
    );

    expect(Object.keys(workflow.on)).toEqual(['push']);
    expect(workflow.permissions).toEqual({});
    expect(rights).toEqual({
      check: { contents: 'read' },
      package: { contents: 'read' },
      attest: { contents: 'read', 'id-token': 'write', attestations: 'write' },
      image: {
        contents: 'read',
        packages: 'write',
        'id-token': 'write',
        attestations: 'write',
      },
      npm: { contents: 'read', 'id-token': 'write' },
      notes: { contents: 'write' },
    });
  });

  test('runs no code of packages where it may write, and publishes from protected environments', () => {
    const writers = Object.entries(workflow.jobs).filter(([, { permissions }]) =>
      Object.values(permissions).includes('write'),
    );

    expect(writers.map(([name]) => name)).toEqual(['attest', 'image', 'npm', 'notes']);
    for (const [, job] of writers) {
      const text = job.steps.map(({ run = '' }) => run).join('\n');
      expect(text).not.toMatch(/npm (?:ci|install|run|test)|node /);
    }
    expect(workflow.jobs['image']?.environment).toBe('image');
    expect(workflow.jobs['npm']?.environment).toBe('npm');
  });

  test('puts no expression into a shell, keeps no token of ours, and installs without scripts', () => {
    expect(scripts.join('\n')).not.toContain('${{ ');
    expect(TEXT).not.toMatch(/secrets\./);
    expect(scripts.filter((script) => /npm ci(?! --ignore-scripts)/.test(script))).toEqual([]);
  });

  test('signs, attests and tells the image by its digest, never by its tag', () => {
    const image = stepsOf('image');
    const run = image.map((step) => step.run ?? '').join('\n');
    const attest = image.find(({ uses }) => uses?.startsWith('actions/attest-build-provenance@'));

    expect(run).toContain('cosign sign --yes "$NAME@$DIGEST"');
    expect(run).toContain('--sbom=true --provenance=mode=max');
    expect(run).toContain('echo "$name@$digest" > image.txt');
    expect(attest?.with?.['subject-digest']).toMatch(/steps\.push\.outputs\.digest/);
  });

  test('packs twice, compares, and publishes with provenance what was attested', () => {
    const run = (job: string): string =>
      stepsOf(job)
        .map((step) => step.run ?? '')
        .join('\n');

    expect(run('package')).toContain('cmp out/first/*.tgz out/second/*.tgz');
    expect(run('npm')).toMatch(/sha256sum --check SHA256SUMS\n[^]*npm publish .* --provenance/);
    expect(workflow.jobs['npm']?.needs).toEqual(['attest', 'image']);
  });

  test('looks at what the bundle is made of, which is devDependencies', () => {
    const text = scripts.join('\n');

    expect(text).toContain('npm audit --audit-level=high');
    expect(text).not.toContain('--omit=dev');
    expect(text).toMatch(/rolldown[^]*node tools\/release-sbom\.ts > out\/first\/sbom\.cdx\.json/);
  });

  test('tells npm the repository that provenance is checked against, and the image its version and revision', () => {
    const text = scripts.join('\n');

    expect(text).toMatch(/repository\.url=git\+\$GITHUB_SERVER_URL[^]*npm pack/);
    expect(text).toContain('--build-arg "VERSION=$version" --build-arg "REVISION=$GITHUB_SHA"');
  });

  test('makes no version that is not final the newest one', () => {
    const ofPrerelease = scripts.filter((script) => script.includes('in *-*)'));

    expect(ofPrerelease.map((script) => /tag=next|--prerelease/.exec(script)?.[0])).toEqual([
      'tag=next',
      '--prerelease',
    ]);
  });
});
