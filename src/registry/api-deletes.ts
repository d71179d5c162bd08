import { ReconcileError } from '../model/errors.ts';
import type { Operation } from '../model/plan.ts';
import type { Tag } from '../model/tag.ts';
import { type Target, targetKey } from '../model/target.ts';
import { pushBlob } from './blobs.ts';
import { refuseAborted } from './cancelled.ts';
import { type Deleting, discardTag, isGone, type Unbind } from './delete.ts';
import { resolveReference } from './manifests.ts';
import {
  createProvedMethods,
  type DeleteMethod,
  type DeleteMethods,
  type Unproved,
} from './proved-method.ts';
import type { Registry } from './registry.ts';
import { createScratch, EMPTY_BLOB, putScratch, scratchName } from './scratch.ts';

type Delete = Extract<Operation, { type: 'delete' }>;

/** The API of a cloud in front of a registry, as far as deletes go. */
export interface TagApi {
  /** Host the API is asked at. */
  readonly host: string;
  /** Unbinds one name; a name that is gone is done. */
  unbind(
    target: Target,
    deleting: Deleting,
    signal: AbortSignal,
  ): Promise<{ readonly attempts: number }>;
  /** What the API shows under a name right now; its value is null where it tells no digest. */
  look(target: Target, name: string, signal: AbortSignal): Promise<Tag | null>;
  /** Whether its digests are those of the registry; else they can be compared with each other only. */
  readonly tellsRegistryDigests: boolean;
}

/** What the API does to the other names of a content, proved by way of the registry. */
export function createApiDeleteMethods(registry: Registry, api: TagApi): DeleteMethods {
  const { account, learnedFacts, now } = registry;
  const learning = { account, host: api.host, learnedFacts, now };
  return createProvedMethods(learning, async (target, check, signal) => {
    return await prove({ registry, api, target, check }, signal);
  });
}

/** Where deletes of an API are made known to be harmless. */
export interface ApiDeletes {
  readonly registry: Registry;
  readonly api: TagApi;
  readonly methods: DeleteMethods;
}

/** Unbinds one name by the API and no other, whatever else its content is called. */
export async function deleteByApi(
  { registry, api, methods }: ApiDeletes,
  target: Target,
  deleting: Deleting,
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  const known = await methods.recall();
  const method = await methods.read(target, deleting.check, signal);
  if (method === 'by-tag') {
    // A proof takes a while, in which the tag may have been pushed.
    if (known === null) await isGone(registry, target, deleting.operation, signal);
    return await api.unbind(target, deleting, signal);
  }
  const { operation } = deleting;
  const before = api.tellsRegistryDigests ? null : await api.look(target, operation.tag, signal);
  const unbind = throughApi(api, operation, [before?.value ?? null, operation.replaces]);
  return await discardTag(registry, target, { ...deleting, unbind }, signal);
}

/** Answers after which the name stands as it stood. */
const REFUSALS: ReadonlySet<string> = new Set([
  'PROVIDER_REJECTED',
  'PROVIDER_FORBIDDEN',
  'PROVIDER_CONFLICT',
]);

/** `old`: digests of the content that goes, by the registry and by an API that has its own. */
function throughApi(api: TagApi, operation: Delete, old: readonly (string | null)[]): Unbind {
  return async ({ target, tag, digest, check }, signal) => {
    const shown = await api.look(target, tag, signal);
    // An API that still goes by the old content would delete that, with every name it has.
    const { value = null } = shown ?? {};
    const isOld = api.tellsRegistryDigests ? value !== digest : old.includes(value);
    if (shown === null || (value !== null && isOld)) {
      return { refusal: lagging(target, tag) };
    }
    try {
      const deleting = { operation: { ...operation, replaces: digest }, check };
      return await api.unbind(target, deleting, signal);
    } catch (error) {
      const isRefusal = error instanceof ReconcileError && REFUSALS.has(error.code);
      if (isRefusal) return { refusal: error };
      throw error;
    }
  };
}

/** Answers that a repeat of the proof would meet again, with two more scratch tags. */
const LASTING: ReadonlySet<string> = new Set(['PROVIDER_REJECTED', 'PROVIDER_FORBIDDEN']);

interface Proof {
  readonly registry: Registry;
  readonly api: TagApi;
  readonly target: Target;
  readonly check: () => void;
}

/** Two scratch tags of one content are pushed; the API deletes one: whether the other is left tells. */
async function prove(proof: Proof, signal: AbortSignal): Promise<DeleteMethod | Unproved> {
  const { registry, target, check } = proof;
  await mayDelete(proof, signal);
  await pushBlob(registry, target, { bytes: EMPTY_BLOB, lastCheck: check }, signal);
  const manifest = createScratch(registry, target, null);
  const goes = scratchName(manifest);
  const stays = scratchName(createScratch(registry, target, null));
  await putScratch(registry, target, { name: goes, manifest, check }, signal);
  await putScratch(registry, target, { name: stays, manifest, check }, signal);
  const pair = { ...proof, goes, stays, digest: manifest.digest };
  try {
    const method = await compare(pair, signal);
    // Where both are gone, or the two sides disagree, there may be nothing to clear away.
    if (method !== 'by-digest') await clear(pair, signal);
    if (method === null) throw lagging(target, goes);
    return method;
  } catch (error) {
    if (error instanceof ReconcileError && LASTING.has(error.code)) return { refusal: error };
    throw error;
  }
}

/** A credential that may not delete is told so before anything is pushed: of a name that is not there. */
async function mayDelete({ registry, api, target, check }: Proof, signal: AbortSignal) {
  const ghost = createScratch(registry, target, null);
  const operation = { ...SCRATCH, tag: scratchName(ghost), replaces: ghost.digest };
  await api.unbind(target, { operation, check }, signal);
}

interface Pair extends Proof {
  readonly goes: string;
  readonly stays: string;
  readonly digest: string;
}

/** Null: the API does not show what the registry took, or the other way round, so nothing is proved. */
async function compare(pair: Pair, signal: AbortSignal): Promise<DeleteMethod | null> {
  const { goes, stays } = pair;
  const before = await Promise.all([isSeen(pair, goes, signal), isSeen(pair, stays, signal)]);
  if (!before.every((seen) => seen === 'both')) return null;
  await remove(pair, goes, signal);
  if ((await isSeen(pair, goes, signal)) !== 'nowhere') return null;
  return (await isSeen(pair, stays, signal)) === 'both' ? 'by-tag' : 'by-digest';
}

async function isSeen(
  { registry, api, target, digest }: Pair,
  name: string,
  signal: AbortSignal,
): Promise<'both' | 'nowhere' | 'one side'> {
  const byApi = (await api.look(target, name, signal)) !== null;
  const byRegistry = (await resolveReference(registry, target, name, signal)) === digest;
  if (byApi !== byRegistry) return 'one side';
  return byApi ? 'both' : 'nowhere';
}

async function remove(
  { api, target, check, digest }: Pair,
  tag: string,
  signal: AbortSignal,
): Promise<void> {
  const operation = { ...SCRATCH, tag, replaces: digest };
  await api.unbind(target, { operation, check }, signal);
}

/** Scratch tags that stay behind harm nobody, and later passes report them. */
async function clear(pair: Pair, signal: AbortSignal): Promise<void> {
  for (const name of [pair.goes, pair.stays]) {
    try {
      if ((await isSeen(pair, name, signal)) !== 'nowhere') await remove(pair, name, signal);
    } catch {
      refuseAborted(pair.target, signal);
    }
  }
}

const SCRATCH = {
  type: 'delete',
  policy: 'tagwarden',
  rule: 'scratch',
  mode: 'sync',
  because: 'it was made to see how tags are deleted',
  makesRoomFor: null,
} as const;

function lagging(target: Target, name: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_CONFLICT',
    `Cannot delete at "${targetKey(target)}": API and registry disagree about "${name}", the same tags on both sides were wanted`,
  );
}
