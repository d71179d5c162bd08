import { describe, expect, test } from 'vitest';
import { type Look, lookAt } from '../src/look.ts';
import type { DigestFact } from '../src/model/digest-fact.ts';
import { ReconcileError } from '../src/model/errors.ts';
import type { ListedTag } from '../src/model/tag.ts';
import { type Target, targetKey } from '../src/model/target.ts';
import { planTarget } from '../src/plan/plan.ts';
import type { Provider } from '../src/providers/provider.ts';
import { createMemoryProvider } from './support/memory-provider.ts';
import {
  aChannel,
  anImagePolicy,
  aPromotion,
  aRetain,
  IMAGE_CAPABILITIES,
  RESOURCE_CAPABILITIES,
} from './support/policies.ts';
import { anImageTag, digestOf, hoursAgo, NOW } from './support/tags.ts';

const SIGNAL = new AbortController().signal;
const THERE = { account: 'prod', path: 'shop/web' };
const UNTIMED = { createdAt: null, updatedAt: null };

function promoting(rule: Parameters<typeof aPromotion>[0] = {}) {
  return anImagePolicy({
    targets: [{ account: 'staging', repositories: ['shop/*'], exclude: [] }],
    promote: [aPromotion({ to: [{ account: 'prod', repository: '{{ repository }}' }], ...rule })],
  });
}

function aLook(overrides: Partial<Look>): Look {
  return {
    target: THERE,
    policies: [promoting()],
    attributes: null,
    guards: { maxDeletePercent: 30 },
    protect: [],
    baseline: null,
    confirmed: new Set(),
    now: () => NOW,
    ...overrides,
  };
}

function aFact(digest: string, children: DigestFact['children']): DigestFact {
  const plain = { createdAt: null, platforms: null, artifactType: null, subject: null };
  return { digest, mediaType: 'text/plain', ...plain, children };
}

/** Listings by target; a target that is missing is not there. */
function providerOf(
  listings: Readonly<Record<string, readonly ListedTag[]>>,
  parts: Partial<Provider> = {},
) {
  const asked: string[] = [];
  const provider: Provider = {
    ...createMemoryProvider([], IMAGE_CAPABILITIES),
    account: 'prod',
    async list(target: Target) {
      asked.push(targetKey(target));
      const tags = listings[targetKey(target)];
      if (tags !== undefined) return { target, tags };
      throw new ReconcileError('PROVIDER_NOT_FOUND', 'Cannot list: it is gone');
    },
    ...parts,
  };
  return { provider, asked };
}

describe('lookAt()', () => {
  test('lists where content is promoted from', async () => {
    const source = [anImageTag('1.0.0')];
    const { provider, asked } = providerOf({ 'prod/shop/web': [], 'staging/shop/web': source });

    const input = await lookAt(provider, aLook({}), SIGNAL);

    expect(asked).toEqual(['prod/shop/web', 'staging/shop/web']);
    expect(input.sources).toEqual(new Map([['staging/shop/web', source]]));
    expect(input.inUse).toBeNull();
  });

  test('takes a destination that is not there as empty, and no other target', async () => {
    const { provider } = providerOf({ 'staging/shop/web': [] });

    const input = await lookAt(provider, aLook({}), SIGNAL);

    expect(input.listing).toEqual({ target: THERE, tags: [] });
    await expect(lookAt(provider, aLook({ policies: [] }), SIGNAL)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test('goes on without a source that cannot be read, but not when it was stopped', async () => {
    const { provider } = providerOf({ 'prod/shop/web': [] });

    const input = await lookAt(provider, aLook({}), SIGNAL);

    expect(input.sources).toEqual(new Map([['staging/shop/web', null]]));
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(lookAt(provider, aLook({}), stopped)).rejects.toThrow('stopped');
  });

  test('asks for the facts that rules go by, and for no others', async () => {
    const fact: DigestFact = {
      digest: digestOf('1.0.0'),
      mediaType: 'text/plain',
      createdAt: hoursAgo(5),
      platforms: ['linux/amd64'],
      artifactType: null,
      subject: null,
      children: [],
    };
    const asked: (readonly [string, readonly string[]])[] = [];
    const source = [anImageTag('1.0.0', '1.0.0', UNTIMED), anImageTag('main', 'main', UNTIMED)];
    const { provider } = providerOf(
      { 'prod/shop/web': [anImageTag('0.1.0')], 'staging/shop/web': source },
      {
        facts: async (target, digests) => {
          asked.push([targetKey(target), digests]);
          return new Map([[fact.digest, fact]]);
        },
      },
    );

    const look = aLook({ policies: [promoting({ requirePlatforms: ['linux/amd64'] })] });
    const { sources } = await lookAt(provider, look, SIGNAL);

    expect(asked).toEqual([['staging/shop/web', [fact.digest]]]);
    expect(sources?.get('staging/shop/web')).toMatchObject([
      { name: '1.0.0', createdAt: fact.createdAt, platforms: fact.platforms, firstSeenAt: null },
      { name: 'main', createdAt: null, platforms: null },
    ]);
  });

  test('remembers names with their content, so that a new content is young again', async () => {
    const policy = anImagePolicy({
      targets: [{ account: 'prod', repositories: ['**'], exclude: [] }],
      channels: [aChannel({ minAgeMs: 1, ageBy: 'first-seen' })],
    });
    const asked: (readonly string[])[] = [];
    const { provider } = providerOf({ 'prod/shop/web': [anImageTag('1.0.0', 'a')] });
    const firstSeen = async (_target: Target, names: readonly string[]) => {
      asked.push(names);
      return new Map(names.map((name) => [name, hoursAgo(3)]));
    };

    const { listing } = await lookAt(provider, aLook({ policies: [policy], firstSeen }), SIGNAL);

    expect(asked).toEqual([[`1.0.0@${digestOf('a')}`]]);
    expect(listing.tags[0]?.firstSeenAt).toEqual(hoursAgo(3));
  });

  test('leaves tags as they are when nobody remembers and no rule asks', async () => {
    const tags = [anImageTag('1.0.0')];
    const { provider } = providerOf({ 'prod/shop/web': tags });
    const policy = anImagePolicy({
      targets: [{ account: 'prod', repositories: ['**'], exclude: [] }],
      retain: [aRetain({ olderThanMs: 1, ageBy: 'first-seen' })],
    });

    const { listing } = await lookAt(provider, aLook({ policies: [policy] }), SIGNAL);

    expect(listing.tags).toBe(tags);
  });

  describe('with contents in use', () => {
    const RETAIN = anImagePolicy({
      targets: [{ account: 'prod', repositories: ['**'], exclude: [] }],
      retain: [aRetain({ pattern: 'old-.*' })],
    });
    const tags = [anImageTag('old-1'), anImageTag('old-2'), anImageTag('1.0.0')];
    const running =
      (...labels: readonly string[]): NonNullable<Look['inUse']> =>
      async () => ({ status: 'known', digests: new Set(labels.map(digestOf)) });

    async function looking(overrides: Partial<Look>, parts: Partial<Provider> = {}) {
      const asked: (readonly string[])[] = [];
      const facts: Provider['facts'] = async (_target, digests) => {
        asked.push(digests);
        return new Map([[digestOf('old-1'), aFact(digestOf('old-1'), [digestOf('linux')])]]);
      };
      const { provider } = providerOf({ 'prod/shop/web': tags }, { facts, ...parts });
      const input = await lookAt(provider, aLook({ policies: [RETAIN], ...overrides }), SIGNAL);
      return { input, asked };
    }

    test('asks what contents to be deleted are made of, and for no others', async () => {
      const { input, asked } = await looking({ inUse: running('linux', 'old-2') });

      expect(asked).toEqual([[digestOf('old-1')]]);
      expect(input.inUse).toMatchObject({
        children: new Map([[digestOf('old-1'), [digestOf('linux')]]]),
      });
      expect(planTarget(input).operations).toEqual([]);
    });

    test.each([
      ['nobody asks what is in use', {}],
      ['nothing runs', { inUse: running() }],
      ['nobody knows', { inUse: async () => ({ status: 'unknown', reason: 'gone' }) as const }],
      ['nothing would go', { inUse: running('linux'), policies: [] }],
    ] satisfies readonly (readonly [string, Partial<Look>])[])(
      'asks for nothing while %s',
      async (_what, look) => {
        expect((await looking(look)).asked).toEqual([]);
      },
    );

    test('goes by what an undo would delete', async () => {
      const planner: Look['planner'] = (input) => {
        expect(input.inUse).toBeNull();
        return planTarget({ ...input, policies: [RETAIN] });
      };

      const { asked } = await looking({ inUse: running('linux'), policies: [], planner });

      expect(asked).toHaveLength(1);
    });

    test.each([
      ['tells nothing', { facts: async () => null }],
      ['is not of images', { capabilities: RESOURCE_CAPABILITIES }],
    ])('leaves it at the digests of tags where a provider %s', async (_what, parts) => {
      const { input, asked } = await looking({ inUse: running('linux') }, parts);

      expect(asked).toEqual([]);
      expect(input.inUse).not.toHaveProperty('children');
    });
  });

  test('asks what is in use where that is configured', async () => {
    const { provider } = providerOf({ 'prod/shop/web': [], 'staging/shop/web': [] });
    const inUse = async () => ({ status: 'unknown', reason: 'gone' }) as const;

    expect((await lookAt(provider, aLook({ inUse }), SIGNAL)).inUse).toEqual(await inUse());
  });
});
