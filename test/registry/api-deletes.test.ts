import { expect, test } from 'vitest';
import {
  createApiDeleteMethods,
  deleteByApi,
  type TagApi,
} from '../../src/registry/api-deletes.ts';
import { digestOf } from '../../src/registry/digest.ts';
import { aDelete } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';
import { registryBench, WEB } from './support/bench.ts';

type Kind = 'registry digests' | 'digests of its own' | 'no digests';

/** An API over the tags of a simulated registry, which deletes by content and may still show what was there before. */
async function apiBench(kind: Kind, isLagging: boolean) {
  const bench = await registryBench({ oci: [{ name: WEB.path, tags: { a: 'one', b: 'one' } }] });
  const { registry, simulator } = bench;
  const held = () => simulator.world.ociTags(WEB.path);
  const first = held();
  const told = (digest: string) => {
    if (kind === 'no digests') return null;
    return kind === 'registry digests' ? digest : digestOf(new TextEncoder().encode(digest));
  };
  const api: TagApi = {
    host: 'api.example.com',
    tellsRegistryDigests: kind === 'registry digests',
    async look(_target, name) {
      const digest = (isLagging ? first : held())[name];
      return digest === undefined ? null : { name, value: told(digest) };
    },
    async unbind(_target, { operation }) {
      const { [operation.tag]: digest } = isLagging ? first : held();
      for (const [name, value] of Object.entries(held())) {
        if (value === digest) simulator.world.deleteOciTag(WEB.path, name);
      }
      return { attempts: 1 };
    },
  };
  const methods = createApiDeleteMethods(registry, api);
  await methods.note('by-digest');
  const operation = aDelete({ tag: 'a', replaces: first['a'] ?? null });
  const deleting = { operation, check: freely };
  const remove = async () =>
    await deleteByApi({ registry, api, methods }, WEB, deleting, bench.signal);
  return { remove, held, first };
}

test.each<Kind>(['registry digests', 'digests of its own', 'no digests'])(
  'deleteByApi() takes one name where the API deletes by content and tells %s',
  async (kind) => {
    const { remove, held, first } = await apiBench(kind, false);

    await remove();

    expect(held()).toEqual({ b: first['b'] });
  },
);

test.each<Kind>(['registry digests', 'digests of its own'])(
  'deleteByApi() deletes nothing while the API shows the old content, by %s',
  async (kind) => {
    const { remove, held, first } = await apiBench(kind, true);

    await expect(remove()).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });

    expect(held()).toEqual(first);
  },
);
