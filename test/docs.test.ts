import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runPolicyTest } from '../src/check/run-test.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { parseConfig } from '../src/config/load.ts';
import type { ProviderName } from '../src/model/account.ts';
import { parsePolicies } from '../src/policy/parse.ts';
import { capabilitiesOf } from '../src/providers/capabilities.ts';
import { SeedSchema } from '../src/simulator/seed.ts';

interface Example {
  readonly place: string;
  readonly text: string;
}

const PAGES = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'src/**/*.md']);
const BLOCK = /^```ya?ml\n(.*?)^```$/gms;

const EXAMPLES: readonly Example[] = PAGES.flatMap((page) => {
  const markdown = readFileSync(page, 'utf8');
  return [...markdown.matchAll(BLOCK)].map(({ 1: text = '', index }) => ({
    place: `${page}:${markdown.slice(0, index).split('\n').length}`,
    text,
  }));
});

/** A policy to stand beside a document that is no policy by itself. */
const COMPANION = `
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: companion }
spec:
  mode: observe
  targets: [{ account: ims-north, images: { name: "*" } }]
  tags: { require: { owner: {} } }
`;

/** Reads an example as what it is; throws what is wrong with it, or when it is nothing we know. */
function read({ place, text }: Example): unknown {
  const keys = new Set(
    parseAllDocuments(text).flatMap((document) => Object.keys(document.toJS() ?? {})),
  );
  if (keys.has('kind')) {
    const companion = { path: 'companion.yaml', text: COMPANION };
    const set = parsePolicies([{ path: place, text }, companion]);
    const bench = { set, capabilitiesOf: (provider: ProviderName) => capabilitiesOf({ provider }) };
    const failed = set.tests.filter((one) => runPolicyTest(one, bench).status !== 'passed');
    if (failed.length > 0) throw new Error(`${place}: ${failed.map(({ name }) => name).join()}`);
    return set;
  }
  if (keys.has('accounts')) return parseConfig(place, text, readEnvironment({}));
  if (keys.has('credentials')) return SeedSchema.parse(parseAllDocuments(text)[0]?.toJS());
  throw new Error(`${place}: neither a policy, nor a configuration, nor a seed`);
}

describe('the examples in README and docs', () => {
  test('are found', () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(4);
  });

  test.each(EXAMPLES)('the example at $place is valid', (example) => {
    expect(() => read(example)).not.toThrow();
  });

  test('an example that is wrong would be noticed', () => {
    const wrong = { place: 'x.md:1', text: 'apiVersion: tagwarden/v1\nkind: ImageTagPolicyy\n' };

    expect(() => read(wrong)).toThrow(/did you mean "ImageTagPolicy"/);
  });
});
