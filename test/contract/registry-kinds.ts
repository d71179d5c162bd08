import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account, OciAccount } from '../../src/model/account.ts';
import { Secret } from '../../src/model/secret.ts';
import type { SeedInput } from '../../src/simulator/seed.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import {
  createPusher,
  type ImagePusher,
  OCI_CONFIG,
  OCI_MANIFEST,
} from '../support/registry-images.ts';
import {
  startTokenServer,
  TOKEN_ISSUER,
  TOKEN_LOGIN,
  TOKEN_SERVICE,
} from '../support/token-server.ts';

/** Tags by name with their digests. */
export type Held = Readonly<Record<string, string>>;

/** What a name is bound to: names of one label have one content. */
export interface Image {
  readonly label: string;
  readonly ageDays: number;
}

/** A registry as somebody beside tagwarden has it in hand. */
export interface Upstream extends AsyncDisposable {
  readonly url: string;
  readonly auth: OciAccount['auth'];
  /** An account that reaches it by this address; absent: one of a registry without an API. */
  readonly account?: (url: string, changes: Partial<OciAccount>) => Account;
  /** Binds a name to the image of a label, built so long ago; resolves to its digest. */
  bind(path: string, tag: string, image: Image): Promise<string>;
  held(path: string): Promise<Held>;
}

/** One kind of registry seen in the field. */
export interface RegistryKind {
  readonly what: string;
  readonly open: () => Promise<Upstream>;
  /** Debian's registry, which may not be there. */
  readonly isReal: boolean;
  /** Signs in by tokens, which end. */
  readonly hasTokens: boolean;
  /** How many tags its listing test has. */
  readonly many: number;
}

type Switches = NonNullable<NonNullable<SeedInput['switches']>['oci']>;

const { username, password } = TOKEN_LOGIN;
const LOGIN: OciAccount['auth'] = { type: 'password', username, password: new Secret(password) };
/** bcrypt of the password, as `htpasswd -B` writes it. */
const HTPASSWD = `${username}:$2y$05$abcdefghijklmnopqrstuuthTkXPyaqMuvAoSSfUHVJcgwJYEFk06\n`;

/** Rows of the contract; each simulated one differs from the specification in what it says. */
export const KINDS: readonly RegistryKind[] = [
  simulated('deletes tags', {}),
  simulated('refuses to delete tags with 405', { tagDelete: '405' }),
  simulated('refuses to delete tags with 400', { tagDelete: '400' }),
  simulated('keeps tags of deleted digests in its list', {
    tagDelete: '405',
    digestDeleteUntags: false,
  }),
  simulated('sends no Link with a full page', { link: false, maxN: 7 }),
  simulated('sorts by no order', { order: 'none', maxN: 7 }),
  simulated('sorts without regard to case', { order: 'ignore-case', maxN: 7 }),
  simulated('says null for no tags', { emptyTags: 'null' }),
  simulated('names no digests', { digestHeader: false, etag: false }),
  simulated('caps a page at 1,000 tags', { maxN: 1_000 }, { many: 1_500 }),
  simulated(
    'caps a page at 1,000 tags and sends no Link',
    { maxN: 1_000, link: false },
    { many: 1_500 },
  ),
  simulated(
    'refuses to be asked for more than 100 tags',
    { maxN: 100, overN: '400' },
    { many: 150 },
  ),
  simulated('has immutable tags', { immutableTags: 409, immutablePattern: '^v\\d' }),
  simulated('wants a login', { auth: 'basic' }),
  simulated('wants tokens', { auth: 'bearer' }),
  real('plain', async () => await dockerPlain()),
  real('with htpasswd', async () => await dockerBasic()),
  real('with tokens', async () => await dockerTokens()),
];

function simulated(
  what: string,
  switches: Switches,
  { many = 25 }: { readonly many?: number } = {},
): RegistryKind {
  const hasTokens = switches.auth === 'bearer';
  return {
    what: `a registry that ${what}`,
    open: () => openSimulated(switches),
    isReal: false,
    hasTokens,
    many,
  };
}

function real(what: string, open: () => Promise<Upstream>): RegistryKind {
  const hasTokens = what.includes('tokens');
  return { what: `docker-registry ${what}`, open, isReal: true, hasTokens, many: 8 };
}

async function openSimulated(switches: Switches): Promise<Upstream> {
  const simulator = await startSimulator({
    seed: { credentials: { oci: [TOKEN_LOGIN] }, switches: { oci: switches } },
  });
  const { world } = simulator;
  return {
    url: simulator.endpoints.oci,
    auth: LOGIN,
    async bind(path, tag, { label, ageDays }) {
      if (!world.ociRepositories.has(path)) world.addOciRepository({ name: path });
      return world.setOciTag(path, tag, { digest: label, image: { created: builtAt(ageDays) } })
        .digest;
    },
    async held(path) {
      const { manifests } = world.shelves.oci.contents(path);
      const bound = Object.entries(world.ociTags(path));
      return Object.fromEntries(bound.filter(([, digest]) => manifests.has(digest)));
    },
    [Symbol.asyncDispose]: simulator.close,
  };
}

async function dockerPlain(): Promise<Upstream> {
  const registry = await startDockerRegistry({});
  return {
    ...handOf(registry.url, { type: 'anonymous' }, createPusher(registry.url)),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  };
}

async function dockerBasic(): Promise<Upstream> {
  const registry = await startDockerRegistry({
    auth: async (folder) => {
      const path = join(folder, 'htpasswd');
      await writeFile(path, HTPASSWD);
      return { htpasswd: { realm: 'test', path } };
    },
  });
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const pusher = createPusher(registry.url, () => Promise.resolve(basic));
  return {
    ...handOf(registry.url, LOGIN, pusher),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  };
}

async function dockerTokens(): Promise<Upstream> {
  const tokens = await startTokenServer();
  const registry = await startDockerRegistry({
    auth: async (folder) => {
      const rootcertbundle = join(folder, 'token.crt');
      await writeFile(rootcertbundle, tokens.certificate);
      const { url: realm } = tokens;
      return { token: { realm, service: TOKEN_SERVICE, issuer: TOKEN_ISSUER, rootcertbundle } };
    },
  });
  const pusher = createPusher(registry.url, (path) =>
    Promise.resolve(`Bearer ${tokens.issue([`repository:${path}:pull,push,delete`])}`),
  );
  return {
    ...handOf(registry.url, LOGIN, pusher),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

/** Midnight of a day, so that images of one age are one content. */
export function builtAt(ageDays: number): string {
  return `${new Date(Date.now() - ageDays * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
}

const EMPTY_TAR = Buffer.alloc(1_024);

/** One image a label, whatever name it is bound to. */
async function pushImage(pusher: ImagePusher, path: string, tag: string, image: Image) {
  const { label, ageDays } = image;
  const built = { architecture: 'amd64', os: 'linux', created: builtAt(ageDays), label };
  const config = Buffer.from(JSON.stringify(built));
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', size: EMPTY_TAR.length };
  return await pusher.manifest(path, tag, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: await pusher.blob(path, config), size: config.length },
    layers: [{ ...layer, digest: await pusher.blob(path, EMPTY_TAR) }],
  });
}

/** What a client does by hand. */
function handOf(
  url: string,
  auth: OciAccount['auth'],
  pusher: ImagePusher,
): Omit<Upstream, typeof Symbol.asyncDispose> {
  return {
    url,
    auth,
    async bind(path, tag, image) {
      return await pushImage(pusher, path, tag, image);
    },
    async held(path) {
      const names = await pusher.tags(path);
      const digests = await Promise.all(names.map(async (name) => await pusher.digest(path, name)));
      return Object.fromEntries(names.map((name, index) => [name, digests[index] ?? 'none']));
    },
  };
}
