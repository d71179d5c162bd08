import { afterEach, describe, expect, test } from 'vitest';
import type { RegistrySwitches } from '../../src/simulator/oci-switches.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type CallRegistry, codeOf, nextOf, sha256, startRegistry } from './registry.ts';

const LIST = '/v2/team/app/tags/list';
const NAMES = ['B', 'a', 'c', 'D', 'e'];

let simulator: Simulator;
let call: CallRegistry;

async function start(
  switches: Partial<RegistrySwitches> = {},
  names: readonly string[] = NAMES,
): Promise<void> {
  const tags = Object.fromEntries(names.map((name) => [name, 'one']));
  ({ simulator, call } = await startRegistry({ oci: [{ name: 'team/app', tags }] }));
  Object.assign(simulator.world.switches.oci, switches);
}
afterEach(async () => {
  await simulator.close();
});

const tagsOf = async (query = ''): Promise<unknown> =>
  Object((await call('GET', `${LIST}${query}`)).json)['tags'];

async function walk(first: string): Promise<string[][]> {
  const pages: string[][] = [];
  let next: string | null = first;
  while (next !== null && pages.length < 100) {
    const reply = await call('GET', next);
    pages.push(Object(reply.json)['tags']);
    next = nextOf(reply);
  }
  return pages;
}

describe('GET …/tags/list', () => {
  test('names the repository and all its tags in the order of bytes', async () => {
    await start();

    expect((await call('GET', LIST)).json).toEqual({
      name: 'team/app',
      tags: ['B', 'D', 'a', 'c', 'e'],
    });
    expect((await call('HEAD', LIST)).status).toBe(405);
    expect(codeOf(await call('GET', '/v2/no/such/tags/list'))).toBe('NAME_UNKNOWN');
  });

  test.each(['relative', 'absolute', 'opaque'] as const)('pages by %s Link', async (linkStyle) => {
    await start({ linkStyle });
    const first = await call('GET', `${LIST}?n=2`);

    expect(await walk(`${LIST}?n=2`)).toEqual([['B', 'D'], ['a', 'c'], ['e']]);
    expect(nextOf(first)?.startsWith('http')).toBe(linkStyle === 'absolute');
    expect(nextOf(first)?.includes('last=')).toBe(linkStyle !== 'opaque');
  });

  test('names another host in Link by switch', async () => {
    await start({ linkStyle: 'foreign' });

    expect(nextOf(await call('GET', `${LIST}?n=2`))).toMatch(/^http:\/\/registry\.invalid\//);
  });

  test.each([
    ['?last=D', ['a', 'c', 'e']],
    ['?n=1&last=D', ['a']],
    ['?last=C', ['D', 'a', 'c', 'e']],
    ['?last=zzz', []],
    ['?n=0', []],
    ['?n=9', ['B', 'D', 'a', 'c', 'e']],
  ])('with %s answers %j: last is exclusive and need not exist', async (query, tags) => {
    await start();

    expect(await tagsOf(query)).toEqual(tags);
  });

  test('has no Link for n=0, nor on a full page that is the last', async () => {
    await start();

    expect(nextOf(await call('GET', `${LIST}?n=0`))).toBeNull();
    expect(nextOf(await call('GET', `${LIST}?n=5`))).toBeNull();
  });

  test.each(['x', '-1', '1.5', ''])('refuses n=%s', async (n) => {
    await start();
    const reply = await call('GET', `${LIST}?n=${n}`);

    expect([reply.status, codeOf(reply)]).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
  });

  test('leaves Link out of a full page by switch', async () => {
    await start({ link: false });
    const reply = await call('GET', `${LIST}?n=2`);

    expect([Object(reply.json)['tags'], nextOf(reply)]).toEqual([['B', 'D'], null]);
    expect(await tagsOf('?n=2&last=D')).toEqual(['a', 'c']);
  });

  test('sorts without regard to case by switch', async () => {
    await start({ order: 'ignore-case' });

    expect(await walk(`${LIST}?n=2`)).toEqual([['a', 'B'], ['c', 'D'], ['e']]);
    expect(await tagsOf('?last=c')).toEqual(['D', 'e']);
  });

  test('is unsorted by switch, yet complete over its pages', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
    await start({ order: 'none' }, names);
    const found = (await walk(`${LIST}?n=7`)).flat();

    expect(found).not.toEqual(found.toSorted());
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  test('shows tags that were pushed, renamed and removed since the last page', async () => {
    await start();
    await tagsOf();
    simulator.world.deleteOciTag('team/app', 'a');
    simulator.world.setOciTag('team/app', 'b', 'one');
    expect(await tagsOf()).toEqual(['B', 'D', 'b', 'c', 'e']);
    simulator.world.deleteOciTag('team/app', 'e');

    expect(await tagsOf('?last=b')).toEqual(['c']);
  });

  test.each([
    ['list', 200, []],
    ['null', 200, null],
    ['404', 404, undefined],
  ] as const)('of a repository without tags is %s by switch', async (emptyTags, status, tags) => {
    await start({ emptyTags }, []);
    const reply = await call('GET', LIST);

    expect([reply.status, Object(reply.json)['tags']]).toEqual([status, tags]);
  });

  test('caps n by switch, with a Link or with a refusal', async () => {
    await start({ maxN: 2 });

    expect(await walk(`${LIST}?n=1000`)).toEqual([['B', 'D'], ['a', 'c'], ['e']]);
    expect(await walk(LIST)).toEqual([['B', 'D'], ['a', 'c'], ['e']]);
    simulator.world.switches.oci.overN = '400';
    expect((await call('GET', `${LIST}?n=3`)).status).toBe(400);
    expect((await call('GET', `${LIST}?n=2`)).status).toBe(200);
  });

  test('ignores n by switch', async () => {
    await start({ ignoreN: true });

    expect(await tagsOf('?n=2&last=D')).toHaveLength(5);
  });

  test('turns in a circle or says null under the faults of listings', async () => {
    await start();
    simulator.faults.add({ kind: 'cursor-loop', service: 'oci', times: 3 });
    simulator.faults.add({ kind: 'null-tags', service: 'oci' });

    const [first, second, third] = [
      await call('GET', `${LIST}?n=2`),
      await call('GET', `${LIST}?n=2&last=D`),
      await call('GET', `${LIST}?n=2&last=c`),
    ];
    expect([second.json, third.json]).toEqual([first.json, first.json]);
    expect(nextOf(third)).toBe(nextOf(first));
    expect(await tagsOf()).toBeNull();
  });
});

describe('GET /v2/_catalog', () => {
  test('lists 100 repositories a page, or what n says', async () => {
    await start();
    for (let index = 0; index < 150; index += 1) {
      simulator.world.addOciRepository({ name: `more/r${index}` });
    }
    const page = await call('GET', '/v2/_catalog');
    const rest = await call('GET', nextOf(page) ?? '');

    expect(Object(page.json)['repositories']).toHaveLength(100);
    expect(Object(rest.json)['repositories']).toHaveLength(51);
    expect(nextOf(rest)).toBeNull();
    expect((await call('GET', '/v2/_catalog?n=1')).json).toEqual({ repositories: ['more/r0'] });
    expect((await call('GET', '/v2/_catalog?n=x')).status).toBe(400);
  });

  test('is refused by switch', async () => {
    await start({ catalog: '404' });
    expect((await call('GET', '/v2/_catalog')).status).toBe(404);
    simulator.world.switches.oci.catalog = '401';

    expect((await call('GET', '/v2/_catalog')).status).toBe(401);
  });
});

test('50,000 tags are seeded and paged, and their manifests are made when asked for', async () => {
  await start({}, []);
  for (let index = 0; index < 50_000; index += 1) {
    simulator.world.setOciTag('team/app', `v${index}`, `image ${index}`);
  }
  const pages = await walk(`${LIST}?n=1000`);
  const tags = simulator.world.ociTags('team/app');

  expect(pages).toHaveLength(50);
  expect(new Set(pages.flat()).size).toBe(50_000);
  expect(new Set(Object.values(tags)).size).toBe(50_000);
  expect(sha256(simulator.world.library.readManifest(tags['v777'] ?? '')?.bytes ?? '')).toBe(
    tags['v777'],
  );
}, 180_000);
