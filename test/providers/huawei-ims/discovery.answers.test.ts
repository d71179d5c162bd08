import { describe, expect, test } from 'vitest';
import type { DiscoveryHint } from '../../../src/providers/provider.ts';
import { calm } from '../../http/support/failure.ts';
import { type Answer, startScriptedServer } from '../../http/support/scripted-server.ts';
import { allOf } from '../../support/pages.ts';
import { connect, imsAccount } from './support/cloud.ts';

const BASIC: DiscoveryHint = { visibility: null, paths: null, facts: 'basic', tags: true };

describe('createDiscovery() of answers nobody described', () => {
  const image = (id: string, tags: unknown) => ({ resource_id: id, resource_name: id, tags });
  const page = (total: unknown, ...resources: unknown[]): Answer => ({
    status: 200,
    body: JSON.stringify({ total_count: total, resources }),
  });
  const list = (...ids: string[]): Answer => ({
    status: 200,
    body: JSON.stringify({ images: ids.map((id) => ({ id })) }),
  });
  const play = async (...answers: readonly Answer[]) => {
    const server = await startScriptedServer();
    server.answer(...answers);
    const provider = connect(imsAccount(server.url));
    try {
      const found = await allOf(provider.discover(BASIC, calm()));
      const bodies = server.received.map(({ body }) => body);
      const told = found.map(({ target, tags = null }) => [target.path, tags?.length ?? null]);
      return { told, bodies };
    } finally {
      await provider.close();
      await server.close();
    }
  };

  test.each([
    {
      what: 'a key twice',
      tags: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    },
    { what: 'a value that is none', tags: [{ key: 'a', value: null }] },
    { what: 'a key that is empty', tags: [{ key: '', value: 'x' }] },
    { what: 'texts', tags: ['a=b'] },
    { what: 'nothing', tags: undefined },
  ])('gives no tags for $what, and those of the others', async ({ tags }) => {
    const { told } = await play(page(2, image('bad', tags), image('good', [])));

    expect(told).toEqual([
      ['bad', null],
      ['good', 0],
    ]);
  });

  test('sends limit and offset as texts', async () => {
    const { bodies } = await play(page(1, image('a', [])));

    expect(JSON.parse(bodies[0] ?? '')).toEqual({ action: 'filter', limit: '1000', offset: '0' });
  });

  test.each([
    { what: 'says that there are fewer', answer: page(1, image('a', []), image('b', [])) },
    { what: 'says that there are none', answer: page(0) },
    { what: 'names an image twice', answer: page(2, image('a', []), image('a', [])) },
    { what: 'has no total', answer: page(undefined, image('a', [])) },
    { what: 'has a total as text', answer: page('1', image('a', [])) },
    { what: 'is a list', answer: { status: 200, body: '[]' } },
    { what: 'has another status', answer: { status: 204, body: '' } },
  ])('asks the list of images when a page $what', async ({ answer }) => {
    const { told } = await play(answer, list('a', 'b', 'c'));

    expect(told.map(([id]) => id)).toEqual(['a', 'b', 'c']);
    expect(told[2]).toEqual(['c', null]);
  });

  test.each([
    { count: 0, more: [] },
    { count: 2, more: [['plain', null]] },
  ])(
    'asks for the list when $count images without a tag were left out',
    async ({ count, more }) => {
      const tagged = image('a', [{ key: 'k', value: 'v' }]);
      const counted: Answer = { status: 200, body: JSON.stringify({ total_count: count }) };

      const { told, bodies } = await play(page(1, tagged), counted, list('a', 'plain'));

      expect(told).toEqual([['a', 1], ...more]);
      expect(JSON.parse(bodies[1] ?? '')).toEqual({ action: 'count', without_any_tag: true });
    },
  );
});
