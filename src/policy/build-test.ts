import { createHash } from 'node:crypto';
import type { ExpectedOperation, PolicyTest } from '../model/policy-test.ts';
import type { ListedTag } from '../model/tag.ts';
import type {
  ExpectedOperationDocument,
  ListedDocument,
  PolicyTestDocument,
} from './schema-test.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Turns a checked PolicyTest document into the test the runner plays. */
export function buildTest(
  { metadata, spec }: PolicyTestDocument,
  places: Pick<PolicyTest, 'position' | 'positions'>,
): PolicyTest {
  const { now, target, provider, attributes, policies = null, listing, expect } = spec;
  const { status = null, operations = [], findings = null } = expect;
  const buildAll = (listings: Readonly<Record<string, readonly ListedDocument[]>>) =>
    Object.fromEntries(
      Object.entries(listings).map(
        ([key, tags]) => [key, tags.map((tag) => buildListed(tag, now))] as const,
      ),
    );
  return {
    name: metadata.name,
    ...places,
    target,
    provider,
    now,
    attributes,
    policies,
    listing: listing.map((tag) => buildListed(tag, now)),
    images: buildAll(spec.images),
    sources: buildAll(spec.sources),
    expect: {
      status,
      operations: operations.map(buildOperation),
      findings: findings?.map(({ severity = null, message }) => ({ severity, message })) ?? null,
    },
  };
}

function buildListed(tag: ListedDocument, now: Date): ListedTag {
  const { name, created = null, updated = null, age, firstSeen, platforms } = tag;
  const value = valueOf(tag);
  const facts = {
    ...(firstSeen === undefined ? {} : { firstSeenAt: firstSeen }),
    ...(platforms === undefined ? {} : { platforms }),
  };
  if (age === undefined) return { name, value, createdAt: created, updatedAt: updated, ...facts };
  const then = new Date(now.getTime() - age);
  return { name, value, createdAt: then, updatedAt: then, ...facts };
}

function buildOperation(operation: ExpectedOperationDocument): ExpectedOperation {
  const { type, tag, from = null, source = null, policy = null } = operation;
  const { rule = null, because = null } = operation;
  return { type, tag, from, source, value: valueOf(operation), policy, rule, because };
}

interface Valued {
  readonly value?: string | undefined;
  readonly digest?: string | undefined;
}

function valueOf({ value, digest }: Valued): string | null {
  return digest === undefined ? (value ?? null) : digestOf(digest);
}

/** The digest a word of a test stands for; a whole digest stands for itself. */
export function digestOf(word: string): string {
  if (DIGEST.test(word)) return word;
  return `sha256:${createHash('sha256').update(word).digest('hex')}`;
}
