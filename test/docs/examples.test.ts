import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { runPolicyTest } from '../../src/check/run-test.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { ProviderName } from '../../src/model/account.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { capabilitiesOf } from '../../src/providers/capabilities.ts';
import { SeedSchema } from '../../src/simulator/seed.ts';
import { type Block, parsePage, readPages } from '../../tools/site/page.ts';

const BLOCKS = readPages().flatMap(({ blocks }) => blocks);

/** Languages of blocks, so that none is left unchecked by another name. Nothing is asked of `text` and the like. */
const LANGUAGES = ['sh', 'yaml', 'json', 'text', 'promql', 'dockerfile', 'ts'];
/** YAML of other programs says whose it is: ` ```yaml compose `. */
const FOREIGN = ['compose', 'helm', 'kubernetes', 'kustomize', 'prometheus', 'workflow'];

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

/** What is wrong with a block; null: nothing. */
function problemOf(block: Block): string | null {
  const { page, line, language } = block;
  if (!LANGUAGES.includes(language))
    return `${page}:${line}: language "${language}", wanted one of ${LANGUAGES.join(', ')}`;
  try {
    if (language === 'yaml') readYaml(block);
    if (language === 'json') JSON.parse(block.text);
    return null;
  } catch (error) {
    return `${page}:${line}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Reads an example as what it is; throws what is wrong with it, or when it is nothing we know. */
function readYaml({ text, kind }: Block): void {
  const documents = parseAllDocuments(text);
  for (const { errors } of documents) if (errors[0] !== undefined) throw errors[0];
  if (kind !== '') return readForeign(kind, documents);
  const keys = new Set(documents.flatMap((one) => Object.keys(one.toJS() ?? {})));
  if (keys.has('kind')) readPolicies(text);
  else if (keys.has('accounts')) parseConfig('example.yaml', text, readEnvironment({}));
  else if (keys.has('credentials')) SeedSchema.parse(documents[0]?.toJS());
  else throw new Error('neither a policy, nor a configuration, nor a seed');
}

function readPolicies(text: string): void {
  const companion = { path: 'companion.yaml', text: COMPANION };
  const set = parsePolicies([{ path: 'example.yaml', text }, companion]);
  const bench = { set, capabilitiesOf: (provider: ProviderName) => capabilitiesOf({ provider }) };
  const failed = set.tests.filter((one) => runPolicyTest(one, bench).status !== 'passed');
  if (failed.length > 0) throw new Error(`fails: ${failed.map(({ name }) => name).join()}`);
}

const KubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

function readForeign(kind: string, documents: ReturnType<typeof parseAllDocuments>): void {
  if (!FOREIGN.includes(kind)) {
    throw new Error(`YAML of "${kind}", wanted nothing or one of ${FOREIGN.join(', ')}`);
  }
  if (kind !== 'kubernetes') return;
  for (const one of documents) KubernetesObject.parse(one.toJS());
}

describe('the examples of all pages', () => {
  test('are valid', () => {
    expect(BLOCKS.filter(({ language }) => language === 'yaml').length).toBeGreaterThan(10);
    expect(BLOCKS.map(problemOf).filter((problem) => problem !== null)).toEqual([]);
  });

  test.each([
    ['yaml', 'apiVersion: tagwarden/v1\nkind: ImageTagPolicyy', 'did you mean "ImageTagPolicy"'],
    ['yaml', 'accounts: {}\nsweep: { fullEvery: 1 }', 'did you mean "sweeps"'],
    ['yaml', 'credentials: { huawey: [] }', 'huawey'],
    ['yaml', 'policies: { path: x }', 'neither a policy'],
    ['yaml', 'a: [', 'Flow sequence'],
    ['yaml mine', 'a: 1', 'YAML of "mine"'],
    ['yaml kubernetes', 'kind: Pod', 'apiVersion'],
    ['json', '{"a": 1,}', 'JSON'],
    ['bash', 'tagwarden plan', 'language "bash"'],
    ['', 'tagwarden plan', 'language ""'],
  ])('an example that is wrong would be noticed: %s, %s', (info, text, wanted) => {
    const { blocks } = parsePage('x.md', `\`\`\`${info}\n${text}\n\`\`\`\n`);

    expect(blocks.map(problemOf)).toEqual([expect.stringContaining(wanted)]);
  });
});
