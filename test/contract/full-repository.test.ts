import { hash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProvider } from '../../src/providers/catalog.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { hasSkopeo, skopeo } from '../simulator/skopeo.ts';
import {
  type DockerRegistry,
  hasDockerRegistry,
  startDockerRegistry,
} from '../support/docker-registry.ts';
import { createPusher } from '../support/registry-images.ts';
import { FULL_POLICY, type FullRepository, fillRepository } from './full-repository.ts';
import { onePass } from './one-pass.ts';
import { registryAccount } from './registry-account.ts';

/** 1,000 are measured by bench/registry-converge.ts. */
const TAGS = 100;
const SLOW_MS = 240_000;
const REPOSITORY = { account: 'mirror', path: 'shop/web' } as const;

describe.skipIf(!(hasDockerRegistry() && hasSkopeo()))(
  `a repository of ${TAGS} tags at a real registry`,
  { timeout: SLOW_MS },
  () => {
    let registry: DockerRegistry;
    let full: FullRepository;
    let provider: Provider;

    beforeAll(async () => {
      registry = await startDockerRegistry({});
      full = await fillRepository(createPusher(registry.url), REPOSITORY.path, TAGS);
      provider = createProvider(registryAccount(registry.url), {
        now: () => new Date(),
        random: Math.random,
      });
    }, SLOW_MS);
    afterAll(async () => {
      await provider.close();
      await registry[Symbol.asyncDispose]();
    });

    test('converges by retention and three channels to what another client sees, and then rests', async () => {
      const image = `docker://${new URL(registry.url).host}/${REPOSITORY.path}`;

      const first = await onePass(provider, REPOSITORY, [FULL_POLICY]);
      const second = await onePass(provider, REPOSITORY, [FULL_POLICY]);

      expect(first.status).toBe('drifted');
      expect(second.status).toBe('in-sync');
      const listed = JSON.parse(await skopeo('list-tags', '--tls-verify=false', image)) as {
        Tags: string[];
      };
      expect(listed.Tags.toSorted()).toEqual(Object.keys(full.wanted).toSorted());
      const digests = await pMap(
        listed.Tags,
        async (tag) => {
          const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `${image}:${tag}`);
          return [tag, digestOf(raw)] as const;
        },
        { concurrency: 4 },
      );
      expect(Object.fromEntries(digests)).toEqual(full.wanted);
    });

    test('keeps every platform of an index, and what is signed stays signed', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tagwarden-skopeo-'));
      const image = `docker://${new URL(registry.url).host}/${REPOSITORY.path}`;
      const { index } = full;

      await skopeo('copy', '--all', '--src-tls-verify=false', `${image}:latest`, `dir:${folder}`);
      const copied = await readdir(folder);
      await rm(folder, { recursive: true });
      const referrer = await skopeo(
        'inspect',
        '--raw',
        '--tls-verify=false',
        `${image}@${index.referrer}`,
      );

      for (const child of index.children)
        expect(copied).toContain(`${child.slice('sha256:'.length)}.manifest.json`);
      expect(JSON.parse(referrer)).toMatchObject({ subject: { digest: index.digest } });
    });
  },
);

function digestOf(text: string): string {
  return `sha256:${hash('sha256', text)}`;
}
