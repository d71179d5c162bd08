import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy, ResourceTagPolicy } from '../../src/model/policy.ts';
import type { Store } from '../../src/store/store.ts';
import { aChannel, anImagePolicy, aResourcePolicy } from '../support/policies.ts';
import { storeBench } from './service-bench.ts';
import { openSweepBench, type SweepBench } from './sweep-bench.ts';

const key = fc.constantFrom('owner', 'stage', 'tmp-1', 'note', 'Owner');
const value = fc.constantFrom('platform', 'prod', 'dev', 'x');
const tags = fc.dictionary(key, value, { maxKeys: 4 });
const version = fc.constantFrom('v1.0.0', 'v1.1.0', 'v1.2.0', 'stable');
const content = fc.constantFrom('one', 'two', 'three');
const mode = fc.constantFrom('sync', 'upsert-only', 'create-only', 'observe');

/** Policies of all kinds of rule, some of which go by more than the tags of an image. */
const resourcePolicy: fc.Arbitrary<Partial<ResourceTagPolicy>> = fc.record(
  {
    mode,
    exclusive: fc.boolean(),
    protect: fc.subarray(['note', 'tmp-*']),
    tags: fc.record({
      ensure: fc.constantFrom(
        {},
        { owner: 'platform' },
        { stage: '{{ image.name }}' },
        {
          stage: '{{ image.osType | lower }}',
        },
      ),
      default: fc.constantFrom({}, { stage: 'prod' }),
      rename: fc.constantFrom([], [{ from: 'Owner', to: 'owner' }]),
      normalize: fc.constant([]),
      copyFrom: fc.constantFrom([], [{ image: 'id-0', keys: ['note'], overwrite: true }]),
      remove: fc.constantFrom([], [{ by: 'glob', glob: 'tmp-*' } as const]),
      require: fc.constantFrom({}, { note: { oneOf: ['x'], pattern: null } }),
    }),
  },
  { requiredKeys: ['mode', 'tags'] },
);

type Drift =
  | {
      readonly type: 'image';
      readonly at: number;
      readonly key: string;
      readonly value: string | null;
    }
  | {
      readonly type: 'repository';
      readonly at: number;
      readonly tag: string;
      readonly content: string | null;
    };

const drift: fc.Arbitrary<Drift> = fc.oneof(
  fc.record({
    type: fc.constant('image' as const),
    at: fc.nat(4),
    key,
    value: fc.option(value, { nil: null }),
  }),
  fc.record({
    type: fc.constant('repository' as const),
    at: fc.nat(2),
    tag: version,
    content: fc.option(content, { nil: null }),
  }),
);

const fleet = fc.record({
  images: fc.array(tags, { minLength: 1, maxLength: 5 }),
  repositories: fc.array(fc.dictionary(version, content, { maxKeys: 4 }), {
    minLength: 1,
    maxLength: 3,
  }),
  resource: fc.array(resourcePolicy, { minLength: 1, maxLength: 2 }),
  stable: mode,
  rounds: fc.array(fc.array(drift, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
});
type Fleet = Parameters<
  Parameters<typeof fc.asyncProperty<[typeof fleet extends fc.Arbitrary<infer T> ? T : never]>>[1]
>[0];

function policiesOf({ resource, stable }: Fleet): Policy[] {
  return [
    ...resource.map((one, at) => aResourcePolicy({}, { ...one, name: `images-${at}` })),
    anImagePolicy({ name: 'stable', mode: stable, channels: [aChannel()] }),
  ];
}

async function openFleet(store: Store, fleetOf: Fleet): Promise<SweepBench> {
  const seed = {
    images: fleetOf.images.map((labels, at) => ({ id: `id-${at}`, name: `n${at}`, tags: labels })),
    repositories: fleetOf.repositories.map((held, at) => ({ name: `shop/app-${at}`, tags: held })),
  };
  return await openSweepBench(store, seed, ...policiesOf(fleetOf));
}

/** Somebody else writes to the clouds; nothing happens to what is not there. */
function apply({ simulator: { world } }: SweepBench, drifts: readonly Drift[], day: number): void {
  for (const one of drifts) {
    if (one.type === 'image') {
      const id = `id-${one.at}`;
      if (!world.images.has(id)) continue;
      if (one.value === null) world.deleteImageTag(id, one.key);
      else world.setImageTag(id, one.key, one.value);
      continue;
    }
    const path = `shop/app-${one.at}`;
    if (!world.repositories.has(path)) continue;
    // That a tag bound anew has a new time is what the lists are believed for.
    const updated = new Date(Date.UTC(2027, 0, day)).toISOString();
    if (one.content === null) world.deleteRepositoryTag(path, one.tag);
    else world.setRepositoryTag(path, one.tag, { digest: one.content, updated });
  }
}

function stateOf({ simulator: { world } }: SweepBench) {
  return {
    images: [...world.images.keys()].map((id) => world.imageTags(id)),
    repositories: [...world.repositories.keys()].map((path) => world.repositoryTags(path)),
  };
}

function writesOf({ simulator }: SweepBench): string[] {
  return simulator.journal
    .executed()
    .map(({ target, operation, key: name }) => `${target} ${operation} ${name ?? ''}`)
    .toSorted();
}

/** What is known of the targets, but for times. */
async function knownOf({ store }: SweepBench) {
  const { items } = await store.targets({ status: null, account: null, after: null, limit: 100 });
  return items.map(({ target, status, baseline, findings, pending, name, revision }) => {
    return { target, status, baseline, findings, pending, name, revision };
  });
}

describe('createSweeps() and the passes it asks for', () => {
  const open = storeBench();

  test('createSweeps() leaves the same tags, writes and records as visits to every target', async () => {
    await fc.assert(
      fc.asyncProperty(fleet, async (one) => {
        const screened = await openFleet(open(), one);
        const visited = await openFleet(open(), one);
        try {
          for (const [day, drifts] of [[], ...one.rounds].entries()) {
            for (const bench of [screened, visited]) apply(bench, drifts, day + 1);
            await screened.sweep();
            await visited.sweep('manual');

            expect(stateOf(screened)).toEqual(stateOf(visited));
            expect(writesOf(screened)).toEqual(writesOf(visited));
            expect(await knownOf(screened)).toEqual(await knownOf(visited));
          }
        } finally {
          await Promise.all([screened.close(), visited.close()]);
        }
      }),
      { numRuns: 40 },
    );
  }, 180_000);
});
