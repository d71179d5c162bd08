import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HookType } from '../../../src/config/hooks.ts';
import { type Delivery, MalformedDelivery } from '../../../src/server/hooks/hook.ts';
import { RECEIVERS } from '../../../src/server/hooks/receivers.ts';

function read(type: HookType, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const delivery: Delivery = {
    header: (name) => headers[name] ?? null,
    tokens: [],
    body: Buffer.from(text),
  };
  return RECEIVERS[type].read(delivery);
}

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const NOTHING = { type: 'nothing' };
const WEB = { type: 'names', names: ['shop/web'] };
const manifest = 'application/vnd.docker.distribution.manifest.list.v2+json';

describe('RECEIVERS', () => {
  test.each([
    { what: 'a pull of Harbor', type: 'harbor', body: { type: 'PULL_ARTIFACT' }, look: NOTHING },
    {
      what: 'a deletion in Harbor',
      type: 'harbor',
      body: {
        type: 'DELETE_ARTIFACT',
        occur_at: 1,
        event_data: { repository: { repo_full_name: 'shop/web' } },
      },
      look: WEB,
    },
    {
      what: 'an unheard-of event of SWR',
      type: 'swr-enterprise',
      body: { type: 'x' },
      look: { type: 'everything' },
    },
    {
      what: 'a pull of the registry',
      type: 'distribution',
      body: {
        events: [
          { action: 'pull', target: { repository: 'shop/web', mediaType: manifest, tag: 'v1' } },
        ],
      },
      look: NOTHING,
    },
    {
      what: 'a push without a tag',
      type: 'distribution',
      body: {
        events: [{ action: 'push', target: { repository: 'shop/web', mediaType: manifest } }],
      },
      look: NOTHING,
    },
    {
      what: 'an index',
      type: 'distribution',
      body: {
        events: [
          {
            action: 'push',
            target: {
              repository: 'shop/web',
              mediaType: 'application/vnd.oci.image.index.v1+json',
              tag: 'v1',
            },
          },
        ],
      },
      look: WEB,
    },
    {
      what: 'a manifest list',
      type: 'distribution',
      body: {
        events: [
          { action: 'push', target: { repository: 'shop/web', mediaType: manifest, tag: 'v1' } },
        ],
      },
      look: WEB,
    },
    {
      what: 'a deletion by tag',
      type: 'distribution',
      body: { events: [{ action: 'delete', target: { repository: 'shop/web', tag: 'v1' } }] },
      look: WEB,
    },
    {
      what: "Quay's older form",
      type: 'quay',
      body: { repository: 'shop/web', updated_tags: { latest: 'id' } },
      look: WEB,
    },
    {
      what: 'a subject with tag and digest',
      type: 'cloudevents',
      body: {
        specversion: '1.0',
        id: '1',
        source: 's',
        type: 't',
        subject: 'shop/web:v1@sha256:aa',
      },
      headers: { 'content-type': 'application/cloudevents+json' },
      look: WEB,
    },
    {
      what: 'data in base64',
      type: 'cloudevents',
      body: {
        specversion: '1.0',
        id: '1',
        source: 's',
        type: 't',
        data_base64: Buffer.from('{"image":"i"}').toString('base64'),
      },
      headers: { 'content-type': 'application/cloudevents+json' },
      look: { type: 'names', names: ['i'] },
    },
    {
      what: 'an issue of GitHub',
      type: 'github-push',
      body: { action: 'opened' },
      headers: { 'x-github-event': 'issues' },
      look: NOTHING,
    },
    {
      what: 'a package that is no container',
      type: 'ghcr',
      body: { registry_package: { name: 'web', namespace: 'shop', package_type: 'NPM' } },
      headers: { 'x-github-event': 'registry_package' },
      look: NOTHING,
    },
    {
      what: 'a package without a tag',
      type: 'ghcr',
      body: {
        package: {
          name: 'web',
          namespace: 'shop',
          package_type: 'container',
          package_version: { container_metadata: { tag: { name: '' } } },
        },
      },
      headers: { 'x-github-event': 'package' },
      look: NOTHING,
    },
    {
      what: 'a branch that was deleted',
      type: 'gitlab-push',
      body: { ref: 'refs/heads/x', after: '0'.repeat(40) },
      headers: { 'x-gitlab-event': 'Push Hook' },
      look: { type: 'policies', repository: '', commit: null },
    },
    {
      what: 'lists of our own form',
      type: 'hmac',
      body: { id: '1', repositories: ['a/b', 'a/b'], images: ['i'], repository: 7 },
      look: { type: 'names', names: ['a/b', 'i'] },
    },
  ] as const)('RECEIVERS read $what', ({ type, body, look, ...rest }) => {
    expect(read(type, body, 'headers' in rest ? rest.headers : {}).look).toEqual(look);
  });

  test('two events of a sender never get the same id, and the same event always does', () => {
    const pushed = (at: number, tag: string) =>
      read('dockerhub', {
        push_data: { pushed_at: at, tag },
        repository: { repo_name: 'shop/web' },
      });

    expect(pushed(1, 'a').replayId).toBe(pushed(1, 'a').replayId);
    expect(pushed(1, 'a').replayId).not.toBe(pushed(2, 'a').replayId);
    expect(pushed(1, 'a').replayId).not.toBe(pushed(1, 'b').replayId);
    expect(read('quay', { repository: 'shop/web', updated_tags: ['v1'] }).replayId).toBeNull();
  });

  test.each([
    { what: 'nesting', body: `${'['.repeat(10_000)}${']'.repeat(10_000)}` },
    { what: 'half a document', body: '{"id":' },
    { what: 'a list', body: '[]' },
    { what: 'null', body: 'null' },
    { what: 'nothing', body: '' },
  ])('RECEIVERS refuse $what', ({ body }) => {
    for (const type of Object.keys(RECEIVERS) satisfies string[] as HookType[]) {
      expect(() => read(type, body, { 'x-github-event': 'push' })).toThrow(MalformedDelivery);
    }
  });

  test('RECEIVERS read or refuse any JSON, and nothing else happens', () => {
    const types = Object.keys(RECEIVERS) satisfies string[] as HookType[];
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.json(), (type, body) => {
        const outcome = attempt(() => read(type, body).look.type);

        expect(outcome instanceof MalformedDelivery || typeof outcome === 'string').toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
