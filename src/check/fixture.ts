import { Document, isMap, isSeq, visit } from 'yaml';
import type { ProviderName } from '../model/account.ts';
import { IMAGE_ATTRIBUTES } from '../model/attributes.ts';
import type { Operation } from '../model/plan.ts';
import type { ExpectedOperation, PolicyTest } from '../model/policy-test.ts';
import type { ListedTag, Tag } from '../model/tag.ts';
import { type Attributes, type Target, targetKey } from '../model/target.ts';
import { type PlanInput, planTarget } from '../plan/plan.ts';
import { statusOf } from '../plan/status.ts';
import { policiesForTags } from '../policy/selector.ts';
import { asTested } from './run-test.ts';

/** What a fixture is called and which provider it stands for. */
export interface FixtureOptions {
  readonly name: string;
  readonly provider: ProviderName;
}

type Fixture = Omit<PolicyTest, 'position' | 'positions'>;

/** A target as it is, as a test that expects what is planned for it now. */
export function fixtureOf(input: PlanInput, { name, provider }: FixtureOptions): Fixture {
  const { target, now, listing } = input;
  const plan = planTarget(asTested(input));
  const selecting = policiesForTags(input.policies, listing, input.attributes);
  return {
    name,
    target,
    provider,
    now,
    attributes: readByRules(input.attributes ?? {}),
    // A test of a target that no policy selects has to say so.
    policies: selecting.length === 0 ? [] : null,
    listing: listing.tags,
    images: otherImages(input),
    sources: Object.fromEntries([...(input.sources ?? [])].filter(isRead)),
    expect: {
      status: statusOf(plan),
      operations: plan.operations.map(expectationOf),
      findings:
        plan.findings.length === 0
          ? null
          : plan.findings.map(({ severity, message }) => ({ severity, message })),
    },
  };
}

/** Tags of the images keys are copied from; one that could not be read is left out and so stays unreadable. */
function otherImages({ images, target }: PlanInput): Fixture['images'] {
  const others = [...images].flatMap(([id, tags]) =>
    tags === null || id === target.path ? [] : [[id, tags.map(withoutTimes)] as const],
  );
  return Object.fromEntries(others);
}

function isRead(
  source: readonly [string, readonly ListedTag[] | null],
): source is [string, readonly ListedTag[]] {
  return source[1] !== null;
}

function withoutTimes({ name, value }: Tag): ListedTag {
  return { name, value, createdAt: null, updatedAt: null };
}

function expectationOf(operation: Operation): ExpectedOperation {
  const { type, tag, policy, rule, because } = operation;
  // Of a copy the source says enough, of a delete the name does.
  const from = 'from' in operation ? operation.from : null;
  const source = type === 'promote' ? targetKey(operation.source) : null;
  const value = type === 'add' ? operation.value : null;
  return { type, tag, from, source, value, policy, rule, because };
}

/** Providers tell more, which no rule asks for. */
function readByRules(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => Object.hasOwn(IMAGE_ATTRIBUTES, name)),
  );
}

/** The text of a PolicyTest document. */
export function renderFixture(fixture: Fixture): string {
  const { name, target, provider, now, attributes, policies, listing, expect } = fixture;
  const spec = {
    now: now.toISOString(),
    target: targetKey(target),
    provider,
    attributes: unlessEmpty(attributes),
    policies,
    listing: listing.map(tagDocument),
    images: listingsDocument(fixture.images),
    sources: listingsDocument(fixture.sources),
    expect: withoutNull({
      status: expect.status,
      operations: expect.operations.map(withoutNull),
      findings: expect.findings?.map(withoutNull) ?? null,
    }),
  };
  const metadata = { name };
  const document = new Document({
    apiVersion: 'tagwarden/v1',
    kind: 'PolicyTest',
    metadata,
    spec: withoutNull(spec),
  });
  // One line a tag and a finding: a listing of hundreds stays readable.
  visit(document, {
    Seq(_key, list) {
      for (const item of list.items)
        if (isMap(item) && !item.items.some(({ value }) => isSeq(value))) item.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function listingsDocument(listings: Readonly<Record<string, readonly ListedTag[]>>): object | null {
  return unlessEmpty(
    Object.fromEntries(Object.entries(listings).map(([key, tags]) => [key, tags.map(tagDocument)])),
  );
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

function tagDocument(tag: ListedTag): object {
  const { name, value, createdAt, updatedAt, firstSeenAt = null, platforms = null } = tag;
  const isDigest = value !== null && DIGEST.test(value);
  return withoutNull({
    name,
    ...(isDigest ? { digest: value } : { value }),
    created: createdAt?.toISOString() ?? null,
    updated: updatedAt?.toISOString() ?? null,
    firstSeen: firstSeenAt?.toISOString() ?? null,
    platforms,
  });
}

function withoutNull(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** An optional part that says nothing is left out; an empty listing is said. */
function unlessEmpty<T extends object>(part: T): T | null {
  return Object.keys(part).length > 0 ? part : null;
}

/** `swr-north/shop/web` → `swr-north-shop-web`: kebab-case, at most 63 characters. */
export function nameOfFixture(target: Target): string {
  const kebab = targetKey(target)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^[-0-9]+|-+$/g, '');
  return kebab === '' ? 'snapshot' : kebab;
}
