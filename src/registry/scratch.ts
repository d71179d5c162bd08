import type { Target } from '../model/target.ts';
import { targetKey } from '../model/target.ts';
import { isSuccess, refuse } from './call.ts';
import { digestOf } from './digest.ts';
import { type Manifest, putManifest, sourceOf } from './manifests.ts';
import type { Registry } from './registry.ts';

/** Config and layer of a manifest without content, as the image-spec says for artifacts without any. */
export const EMPTY_BLOB: Uint8Array = new TextEncoder().encode('{}');
const EMPTY = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(EMPTY_BLOB),
  size: EMPTY_BLOB.length,
};
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** What a name is bound to for a moment before it is deleted. */
const ARTIFACT_TYPE = 'application/vnd.tagwarden.discarded.v1+json';

let made = 0;

/**
 * A manifest that nobody else has, so that its digest can be deleted without harm to any other name. `createdAt` is that of
 * what the name had: should the delete never come, age rules judge the name as before.
 */
export function createScratch(
  { now, random }: Pick<Registry, 'now' | 'random'>,
  target: Target,
  createdAt: Date | null,
): Manifest {
  made += 1;
  const unique = [now().toISOString(), made, random(), random()].join(' ');
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: ARTIFACT_TYPE,
    config: EMPTY,
    layers: [EMPTY],
    annotations: {
      'com.tagwarden.discarded': `${targetKey(target)} ${unique}`,
      ...(createdAt === null
        ? {}
        : { 'org.opencontainers.image.created': createdAt.toISOString() }),
    },
  });
  const bytes = new TextEncoder().encode(text);
  return { digest: digestOf(bytes), mediaType: MANIFEST_TYPE, bytes };
}

/** A name of those that no rule sees, and that a later pass reports when it is left behind. */
export function scratchName({ digest }: Manifest): string {
  return `tagwarden-tmp-${digest.slice('sha256:'.length, 'sha256:'.length + 8)}`;
}

/** Binds a name of ours to a manifest of ours. */
export async function putScratch(
  registry: Registry,
  target: Target,
  {
    name,
    manifest,
    check,
  }: { readonly name: string; readonly manifest: Manifest; readonly check: () => void },
  signal: AbortSignal,
): Promise<void> {
  // Nobody else has these names and bytes, so a repeat changes nothing.
  const repetition = { idempotent: true, lastCheck: check };
  const pushed = { reference: name, manifest };
  const stored = await putManifest(registry, target, pushed, repetition, signal);
  if (stored !== null && isSuccess(stored)) return;
  throw refuse(registry, sourceOf('PutManifest', target), stored);
}
