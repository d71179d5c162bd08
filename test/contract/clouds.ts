import type { ProviderName } from '../../src/model/account.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Target } from '../../src/model/target.ts';
import { PLAIN_IMAGE } from '../../src/simulator/oci-image.ts';
import { createLibrary } from '../../src/simulator/oci-library.ts';
import type { SeedInput } from '../../src/simulator/seed.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';

/** One simulated cloud with one target, seen the same way whichever it is. */
export interface Cloud {
  readonly name: ProviderName;
  readonly target: Target;
  /** A target of the account that is not there. */
  readonly missing: Target;
  /** Names of the calls in the simulator's log; `read` is the one that tells what a tag is. */
  readonly calls: {
    readonly list: string;
    readonly read: string;
    readonly writes: readonly string[];
  };
  /** Requests a listing takes for each tag, beside one a page. */
  readonly looksPerTag: 0 | 1;
  /** Requests that show that a lone page, which names no next one, was the last. */
  readonly proofsOfEnd: 0 | 1;
  /** What a read of one tag tells of a target that is not there; null: that the name is not bound. */
  readonly readOfMissing: 'PROVIDER_NOT_FOUND' | null;
  /** What `list` tells as the value of a tag seeded with this text; null: the provider does not tell. */
  readonly valueOf: (text: string) => string | null;
  /** Every write the provider supports, each with the tags it leaves of `SEEDED`. */
  readonly writes: readonly ContractWrite[];
  /** Writes the provider has to refuse. */
  readonly unsupported: readonly Operation[];
  /** Names no request may be sent for. */
  readonly badNames: readonly string[];
  readonly seed: (
    tags: Readonly<Record<string, string>>,
  ) => Pick<SeedInput, 'images' | 'repositories' | 'uhub' | 'oci' | 'switches'>;
  /** The tags the cloud really holds. */
  readonly held: (simulator: Simulator) => Readonly<Record<string, string>>;
}

export interface ContractWrite {
  readonly what: string;
  readonly call: string;
  readonly operation: Operation;
  /** Names bound after it. */
  readonly leaves: readonly string[];
  /** Reads that come before the write; of them `looks` are the call that tells what a tag is. */
  readonly before: { readonly reads: number; readonly looks: number };
  /** What it comes to at a target that is not there. */
  readonly atMissing: ErrorCode;
}

/** Tags every contract test starts from; `b` and `c` are siblings on one content. */
export const SEEDED = { a: 'one', b: 'two', c: 'two' } as const;

const REASON = {
  policy: 'contract',
  rule: 'copies[0]',
  mode: 'sync',
  because: 'asked for',
} as const;

/** A delete of a listed value. */
export function toDelete(tag: string, replaces: string | null): Operation {
  return { ...REASON, type: 'delete', tag, replaces, makesRoomFor: null };
}

function toCopy(from: string, tag: string, value: string): Operation {
  return { ...REASON, type: 'copy', from, tag, value, replaces: null };
}

function toAdd(tag: string, value: string): Operation {
  return { ...REASON, type: 'add', tag, value, replaces: null };
}

/** The write is the first request there is. */
const AT_ONCE = { before: { reads: 0, looks: 0 }, atMissing: 'PROVIDER_NOT_FOUND' } as const;

const IMAGE = '67e17426-359e-49fb-aa12-0bd1756ec240';

const ims: Cloud = {
  name: 'huawei-ims',
  target: { account: 'north', path: IMAGE },
  missing: { account: 'north', path: 'gone' },
  calls: {
    list: 'ListImageTags',
    read: 'ListImageTags',
    writes: ['AddImageTag', 'DeleteImageTag'],
  },
  looksPerTag: 0,
  proofsOfEnd: 0,
  readOfMissing: 'PROVIDER_NOT_FOUND',
  valueOf: (text) => text,
  writes: [
    {
      what: 'an add',
      call: 'AddImageTag',
      operation: toAdd('new', 'one'),
      leaves: ['a', 'b', 'c', 'new'],
      ...AT_ONCE,
    },
    {
      what: 'a delete',
      call: 'DeleteImageTag',
      operation: toDelete('b', 'two'),
      leaves: ['a', 'c'],
      ...AT_ONCE,
    },
  ],
  unsupported: [toCopy('a', 'new', 'one')],
  badNames: [''],
  seed: (tags) => ({ images: [{ id: IMAGE, name: 'golden', tags: { ...tags } }] }),
  held: ({ world }) => world.imageTags(IMAGE),
};

const swr: Cloud = {
  name: 'huawei-swr',
  target: { account: 'north', path: 'shop/team/web' },
  missing: { account: 'north', path: 'shop/gone' },
  calls: { list: 'ListRepoTags', read: 'ListRepoTags', writes: ['CreateRepoTag', 'DeleteRepoTag'] },
  looksPerTag: 0,
  proofsOfEnd: 0,
  readOfMissing: 'PROVIDER_NOT_FOUND',
  valueOf: digestOf,
  writes: [
    {
      what: 'a copy',
      call: 'CreateRepoTag',
      operation: toCopy('a', 'new', digestOf('one')),
      leaves: ['a', 'b', 'c', 'new'],
      ...AT_ONCE,
    },
    {
      what: 'a delete',
      call: 'DeleteRepoTag',
      operation: toDelete('b', digestOf('two')),
      leaves: ['a', 'c'],
      ...AT_ONCE,
    },
  ],
  unsupported: [toAdd('new', digestOf('one'))],
  badNames: ['', ' ', '.', '..', 'a/b', 'a b', 'é', 'x'.repeat(129)],
  seed: (tags) => ({ repositories: [{ name: 'shop/team/web', tags: { ...tags } }] }),
  held: ({ world }) => world.repositoryTags('shop/team/web'),
};

const uhub: Cloud = {
  name: 'ucloud-uhub',
  target: { account: 'north', path: 'shop/web' },
  missing: { account: 'north', path: 'shop/gone' },
  calls: { list: 'GetImageTag', read: 'GetImageTag', writes: ['DeleteRepoImage'] },
  looksPerTag: 0,
  proofsOfEnd: 0,
  readOfMissing: 'PROVIDER_NOT_FOUND',
  valueOf: () => null,
  writes: [
    {
      what: 'a delete',
      call: 'DeleteRepoImage',
      operation: toDelete('b', null),
      leaves: ['a', 'c'],
      ...AT_ONCE,
    },
  ],
  unsupported: [toAdd('new', digestOf('one')), toCopy('a', 'new', digestOf('one'))],
  badNames: [
    '',
    ' ',
    '\t',
    '\u00a0',
    '\u3000',
    '.',
    '..',
    'a/b',
    ' a',
    'a ',
    'é',
    '标签',
    'x'.repeat(129),
  ],
  seed: (tags) => ({ uhub: [{ repo: 'shop', image: 'web', tags: { ...tags } }] }),
  held: ({ world }) => world.uhubTags('shop/web'),
};

const manifests = createLibrary();
/** Digest of what the registry makes of a seeded text. */
const manifestOf = (text: string): string => manifests.define(text, PLAIN_IMAGE).digest;

const oci: Cloud = {
  name: 'oci',
  target: { account: 'north', path: 'shop/team/web' },
  missing: { account: 'north', path: 'shop/gone' },
  calls: { list: 'ListTags', read: 'HeadManifest', writes: ['PutManifest', 'DeleteTag'] },
  looksPerTag: 1,
  proofsOfEnd: 1,
  // A HEAD has no body that could say which of the two is missing.
  readOfMissing: null,
  valueOf: manifestOf,
  writes: [
    {
      what: 'a copy',
      call: 'PutManifest',
      operation: toCopy('a', 'new', manifestOf('one')),
      leaves: ['a', 'b', 'c', 'new'],
      // The content by its digest, and whether the name is free.
      before: { reads: 2, looks: 1 },
      atMissing: 'TARGET_CHANGED',
    },
    {
      what: 'a delete',
      call: 'DeleteTag',
      operation: toDelete('b', manifestOf('two')),
      leaves: ['a', 'c'],
      ...AT_ONCE,
    },
  ],
  unsupported: [toAdd('new', manifestOf('one'))],
  badNames: ['', ' ', '.', '..', '-a', 'a/b', 'a b', 'é', 'sha256:a', 'x'.repeat(129)],
  seed: (tags) => ({ oci: [{ name: 'shop/team/web', tags: { ...tags } }] }),
  held: ({ world }) => world.ociTags('shop/team/web'),
};

/** The four providers. */
export const CLOUDS = [ims, swr, uhub, oci] as const satisfies readonly Cloud[];
