import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OciAccount } from '../../../src/model/account.ts';
import { Secret } from '../../../src/model/secret.ts';
import {
  type DockerRegistry,
  hasDockerRegistry,
  startDockerRegistry,
} from '../../support/docker-registry.ts';
import { allOf } from '../../support/pages.ts';
import { aCopy, aDelete } from '../../support/provider-bench.ts';
import { createPusher } from '../../support/registry-images.ts';
import {
  startTokenServer,
  TOKEN_ISSUER,
  TOKEN_LOGIN,
  TOKEN_SERVICE,
  type TokenServer,
} from '../../support/token-server.ts';
import { at, ociBench } from './support/bench.ts';

const { username, password } = TOKEN_LOGIN;
const AUTH: Pick<OciAccount, 'auth'> = {
  auth: { type: 'password', username, password: new Secret(password) },
};
const WRONG: Pick<OciAccount, 'auth'> = {
  auth: { type: 'password', username, password: new Secret('wrong') },
};
/** bcrypt of the password, as `htpasswd -B` writes it. */
const HTPASSWD = `${username}:$2y$05$abcdefghijklmnopqrstuuthTkXPyaqMuvAoSSfUHVJcgwJYEFk06\n`;

describe.skipIf(!hasDockerRegistry())('createOciProvider() at distribution with htpasswd', () => {
  let registry: DockerRegistry;
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

  beforeAll(async () => {
    registry = await startDockerRegistry({
      auth: async (folder) => {
        const path = join(folder, 'htpasswd');
        await writeFile(path, HTPASSWD);
        return { htpasswd: { realm: 'test', path } };
      },
    });
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });

  test('createOciProvider() lists, copies and deletes with a password', async () => {
    const images = createPusher(registry.url, async () => basic);
    const value = await images.image('shop/web', 'v1');
    const { provider, signal, perform } = ociBench(registry.url, AUTH);

    await perform('shop/web', aCopy({ tag: 'stable', from: 'v1', value }));
    await perform('shop/web', aDelete({ tag: 'v1', replaces: value }));

    const { tags } = await provider.list(at('shop/web'), signal);
    expect(tags.map(({ name }) => name)).toEqual(['stable']);
  });

  test.each([
    ['a wrong password', WRONG],
    ['no password', {}],
  ])('createOciProvider() reports %s as PROVIDER_AUTH', async (_what, auth) => {
    const { provider, signal } = ociBench(registry.url, auth);

    const listing = provider.list(at('shop/web'), signal);

    await expect(listing).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
  });
});

describe.skipIf(!hasDockerRegistry())('createOciProvider() at distribution with tokens', () => {
  let registry: DockerRegistry;
  let tokens: TokenServer;

  beforeAll(async () => {
    tokens = await startTokenServer();
    registry = await startDockerRegistry({
      auth: async (folder) => {
        const rootcertbundle = join(folder, 'token.crt');
        await writeFile(rootcertbundle, tokens.certificate);
        const { url: realm } = tokens;
        return { token: { realm, service: TOKEN_SERVICE, issuer: TOKEN_ISSUER, rootcertbundle } };
      },
    });
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await tokens[Symbol.asyncDispose]();
  });

  const pusher = () =>
    createPusher(registry.url, (repository) =>
      Promise.resolve(`Bearer ${tokens.issue([`repository:${repository}:pull,push`])}`),
    );

  test('createOciProvider() lists, copies, deletes and discovers with tokens of scopes it builds', async () => {
    const value = await pusher().image('shop/web', 'v1');
    const { provider, signal, perform } = ociBench(registry.url, AUTH);
    tokens.asked.length = 0;

    await perform('shop/web', aCopy({ tag: 'stable', from: 'v1', value }));
    await perform('shop/web', aDelete({ tag: 'v1', replaces: value }));
    const { tags } = await provider.list(at('shop/web'), signal);
    const found = await allOf(provider.discover({ visibility: null, paths: null }, signal));

    expect(tags.map(({ name }) => name)).toEqual(['stable']);
    expect(found.map(({ target }) => target.path)).toEqual(['shop/web']);
    expect(tokens.asked.map((query) => query.get('service'))).toEqual(Array(4).fill(TOKEN_SERVICE));
    expect(tokens.asked.flatMap((query) => query.getAll('scope')).toSorted()).toEqual([
      'registry:catalog:*',
      'repository:shop/web:pull',
      'repository:shop/web:pull,push',
      'repository:shop/web:pull,push,delete',
    ]);
  });

  test('createOciProvider() takes a token that grants less for a missing permission, and goes on elsewhere', async () => {
    const value = await pusher().image('shop/open', 'v1');
    await pusher().image('shop/read-only', 'v1');
    tokens.grants = (repository, action) => repository === 'shop/open' || action === 'pull';
    const { provider, signal, perform } = ociBench(registry.url, AUTH);

    const copied = perform('shop/read-only', aCopy({ tag: 'stable', from: 'v1', value }));

    await expect(copied).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
    expect((await provider.list(at('shop/read-only'), signal)).tags).toHaveLength(1);
    await expect(
      perform('shop/open', aCopy({ tag: 'stable', from: 'v1', value })),
    ).resolves.toBeDefined();
    tokens.grants = (_repository, _action, name) => name === username;
  });

  test('createOciProvider() reads anonymously what the token server grants to everybody', async () => {
    await pusher().image('public/web', 'v1');
    tokens.grants = (repository, action, name) =>
      name === username || (repository === 'public/web' && action === 'pull');
    const { provider, signal } = ociBench(registry.url);

    const { tags } = await provider.list(at('public/web'), signal);

    expect(tags).toHaveLength(1);
    await expect(provider.list(at('shop/web'), signal)).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
    });
  });

  test('createOciProvider() reports a password that the token server refuses as PROVIDER_AUTH', async () => {
    const { provider, signal } = ociBench(registry.url, WRONG);

    const listing = provider.list(at('shop/web'), signal);

    await expect(listing).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
  });
});
