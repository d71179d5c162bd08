import type { Call, Incoming, Reply, WriteItem } from './exchange.ts';
import type { RegistryGate } from './oci-auth.ts';
import { originOf } from './oci-auth.ts';
import type { RegistryBackend } from './oci-backend.ts';
import { isDigest } from './oci-image.ts';
import { REFUSAL, refuseOci } from './oci-refusals.ts';
import type { Contents } from './oci-shelf.ts';
import type { RegistrySwitches } from './oci-switches.ts';
import type { TagRecord } from './tag-record.ts';

/** A request to one registry. */
export interface OciRequest {
  readonly backend: RegistryBackend;
  readonly gate: RegistryGate;
  readonly incoming: Incoming;
  readonly switches: RegistrySwitches;
}

/** A request about one repository. */
export interface OciPlace extends OciRequest {
  readonly name: string;
}

/** A repository that is there. */
export interface FoundRepository {
  readonly tags: Map<string, TagRecord>;
  readonly contents: Contents;
}

/** The repository of a request, or the refusal. */
export function findRepository({ backend, name }: OciPlace): FoundRepository | null {
  const tags = backend.tags(name);
  return tags === null ? null : { tags, contents: backend.shelf.contents(name) };
}

/** A call that changes no name. */
export function toOciRead(operation: string, target: string, run: Call['run']): Call {
  return { operation, target, writes: [], read: () => null, run };
}

/** A call that changes tags or manifests: journal keys are tags and digests. */
export function toOciWrite(
  place: OciPlace,
  operation: string,
  { writes, run }: { readonly writes: readonly WriteItem[]; readonly run: () => Reply },
): Call {
  const read = (key: string): string | null => {
    const found = findRepository(place);
    if (found === null) return null;
    const digest = isDigest(key) ? key : found.tags.get(key)?.digest;
    return digest !== undefined && found.contents.manifests.has(digest) ? digest : null;
  };
  return { operation, target: place.name, writes, read, run };
}

/** A refusal of this registry. */
export function refuse(what: keyof typeof REFUSAL): Reply {
  return refuseOci(REFUSAL[what]);
}

/** A path of this registry as `Location` names it. */
export function locate({ incoming, switches }: OciRequest, path: string): string {
  return switches.location === 'absolute' ? `${originOf(incoming)}${path}` : path;
}
