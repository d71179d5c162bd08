import { createHmac } from 'node:crypto';
import type { ServiceName } from './exchange.ts';
import type { Shelf } from './oci-shelf.ts';
import type { RegistrySwitches } from './oci-switches.ts';
import { isNamespaceName, isRepositoryName } from './swr-names.ts';
import type { TagRecord } from './tag-record.ts';
import type { World } from './world.ts';

/** Somebody who logged in, and what they may do. */
export interface RegistryAccount {
  readonly username: string;
  readonly permits: (name: string, action: string) => boolean;
}

/** What one registry stands on: the same tags as the management API of its cloud. */
export interface RegistryBackend {
  readonly service: ServiceName;
  /** Read at each request. */
  readonly switches: () => RegistrySwitches;
  readonly shelf: Shelf;
  /** `null` for an unknown repository. */
  readonly tags: (name: string) => Map<string, TagRecord> | null;
  readonly names: () => readonly string[];
  /** Makes the repository when the registry does that on a push; false when it does not. */
  readonly ensure: (name: string) => boolean;
  /** Whether a push may make this repository. */
  readonly mayCreate: (name: string) => boolean;
  readonly bind: (name: string, tag: string, digest: string) => void;
  readonly findAccount: (username: string, password: string) => RegistryAccount | null;
  readonly token: { readonly path: string; readonly service: string };
  /** Code and words of a 401. */
  readonly unauthorized: { readonly code: string; readonly message: string };
}

const UNAUTHORIZED = { code: 'UNAUTHORIZED', message: 'authentication required' };

/** The plain registry: a push makes any repository. */
export function createOciBackend(world: World): RegistryBackend {
  const ensure = (name: string): boolean => {
    if (!world.ociRepositories.has(name)) world.addOciRepository({ name });
    return true;
  };
  return {
    service: 'oci',
    switches: () => world.switches.oci,
    shelf: world.shelves.oci,
    tags: (name) => world.ociRepositories.get(name)?.tags ?? null,
    names: () => [...world.ociRepositories.keys()],
    ensure,
    mayCreate: () => true,
    bind: (name, tag, digest) => void world.setOciTag(name, tag, digest),
    findAccount: (username, password) => {
      const login = world.credentials.oci.find(
        (known) => known.username === username && known.password === password,
      );
      if (login === undefined) return null;
      const actions: readonly string[] = login.actions;
      return {
        username,
        permits: (name, action) =>
          actions.includes(action) && login.repositories.some((start) => name.startsWith(start)),
      };
    },
    token: { path: '/token', service: 'registry.example' },
    unauthorized: UNAUTHORIZED,
  };
}

/** The registry of SWR: a push makes repositories of organizations that exist. */
export function createSwrBackend(world: World): RegistryBackend {
  const mayCreate = (name: string): boolean => {
    const [namespace = '', ...rest] = name.split('/');
    return (
      isNamespaceName(namespace) &&
      isRepositoryName(rest.join('/')) &&
      world.namespaces.has(namespace)
    );
  };
  return {
    service: 'swr-registry',
    switches: () => world.switches.swrRegistry,
    shelf: world.shelves.swr,
    tags: (name) => world.repositories.get(name)?.tags ?? null,
    names: () => [...world.repositories.keys()],
    ensure: (name) => {
      if (world.repositories.has(name)) return true;
      if (!mayCreate(name)) return false;
      world.addRepository({ name });
      return true;
    },
    mayCreate,
    bind: (name, tag, digest) => void world.setRepositoryTag(name, tag, digest),
    findAccount: (username, password) => {
      const found = world.credentials.huawei.some(
        ({ region, accessKey, secretKey, securityToken }) =>
          securityToken === undefined &&
          username === `${region}@${accessKey}` &&
          password === swrPassword(accessKey, secretKey),
      );
      return found ? { username, permits: () => true } : null;
    },
    token: { path: '/swr/auth/v2/registry/auth/', service: 'dockyard' },
    unauthorized: { code: 'DENIED', message: 'Authenticate Error' },
  };
}

/** The registry of UHub: repositories are made in the console, images by a push. */
export function createUhubBackend(world: World): RegistryBackend {
  const mayCreate = (name: string): boolean => {
    const [repo = '', ...rest] = name.split('/');
    return rest.length === 1 && world.uhubRepos.has(repo);
  };
  return {
    service: 'uhub-registry',
    switches: () => world.switches.uhubRegistry,
    shelf: world.shelves.uhub,
    tags: (name) => world.findUhubImage(name)?.tags ?? null,
    names: () =>
      [...world.uhubRepos.values()].flatMap(({ name, images }) =>
        [...images.keys()].map((image) => `${name}/${image}`),
      ),
    ensure: (name) => {
      if (world.findUhubImage(name) !== null) return true;
      if (!mayCreate(name)) return false;
      const [repo = '', image = ''] = name.split('/');
      world.addUhubImage({ repo, image });
      return true;
    },
    mayCreate,
    bind: (name, tag, digest) => void world.setUhubTag(name, tag, digest),
    findAccount: (username, password) => {
      const login = world.credentials.uhubRegistry.find(
        (known) => known.username === username && known.password === password,
      );
      if (login === undefined) return null;
      const permits = (name: string, action: string): boolean => {
        const repo = world.uhubRepos.get(name.split('/')[0] ?? '');
        return (
          repo?.projectId === login.projectId || (action === 'pull' && repo?.isPrivate === false)
        );
      };
      return { username, permits };
    },
    token: { path: '/auth/token', service: 'uhub' },
    unauthorized: UNAUTHORIZED,
  };
}

/** Lower-case hex of HMAC-SHA256 with the secret key over the access key. */
function swrPassword(accessKey: string, secretKey: string): string {
  return createHmac('sha256', secretKey).update(accessKey).digest('hex');
}
