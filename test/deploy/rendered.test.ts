import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  alertCopies,
  digestOf,
  RENDERED,
  type RenderedKind,
  render,
  renderedPath,
} from '../../tools/write-deploy.ts';
import { knownKeys, schemaProblems } from './models.ts';
import { KubeObject, objectOf, parseObjects, renderedObjects } from './objects.ts';

// kubectl and helm need not be here: the digests say whether what they made is of the newest files.
const KINDS = ['kustomize', 'helm'] as const satisfies readonly RenderedKind[];
const SETS = KINDS.flatMap((kind) => RENDERED[kind].names.map((name) => ({ kind, name })));
const KNOWN = knownKeys();

test.each(KINDS)(
  'deploy/%s/rendered is of the newest files; else run node tools/write-deploy.ts',
  (kind) => {
    const recorded = readFileSync(renderedPath(kind, 'inputs.sha256'), 'utf8').trim();

    expect(recorded).toBe(digestOf(kind));
  },
);

test.each(KINDS)('deploy/%s/rendered holds what the tool writes and nothing else', (kind) => {
  const files = readdirSync(renderedPath(kind, '.'));

  const written = [...RENDERED[kind].names.map((name) => `${name}.yaml`), 'inputs.sha256'];
  expect(files.toSorted()).toEqual(written.toSorted());
});

test.each(SETS)(
  'deploy/$kind/rendered/$name.yaml is what the tool makes, where there is one',
  ({ kind, name }) => {
    const now = render(kind, name);

    const made = now === null ? renderedObjects(kind, name) : parseObjects(now);
    expect(made).toEqual(renderedObjects(kind, name));
  },
);

test('the copies of deploy/alerts.yaml are its newest', () => {
  const copies = alertCopies(readFileSync('deploy/alerts.yaml', 'utf8'));

  for (const [path, text] of Object.entries(copies)) expect(readFileSync(path, 'utf8')).toBe(text);
});

describe('every rendered object', () => {
  test.each(SETS)('of $kind $name is right by the schemas of its kind', ({ kind, name }) => {
    const objects = renderedObjects(kind, name);

    const problems = objects.flatMap((object) => schemaProblems(object, KNOWN));

    expect(objects.length).toBeGreaterThan(5);
    expect(problems).toEqual([]);
  });

  test.each(SETS)(
    'of $kind $name is in the namespace tagwarden, or goes by the release',
    ({ kind, name }) => {
      const strays = renderedObjects(kind, name)
        .filter((one) => one.kind !== 'Namespace')
        .map(({ metadata }) => metadata['namespace'] ?? 'of the release');

      expect(new Set(strays)).toEqual(new Set([kind === 'helm' ? 'of the release' : 'tagwarden']));
    },
  );

  test('that is wrong would be noticed', () => {
    const budget = objectOf(
      renderedObjects('kustomize', 'prod'),
      'PodDisruptionBudget',
      'tagwarden-api',
    );
    const spec = z.looseObject({}).parse(budget['spec']);
    const wrong = [
      { ...budget, kind: 'PodDisruptionBudgett' },
      { ...budget, spec: { ...spec, maxUnavailabel: 1 } },
      { ...budget, spec: { ...spec, selector: 'all' } },
    ].map((one) => schemaProblems(KubeObject.parse(one), KNOWN));

    expect(wrong.map(([first]) => first)).toEqual([
      'PodDisruptionBudgett tagwarden-api: unknown kind of policy/v1',
      'PodDisruptionBudget tagwarden-api: unknown key maxUnavailabel',
      expect.stringContaining('selector'),
    ]);
  });
});
