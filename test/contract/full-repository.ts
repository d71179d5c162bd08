import pMap from 'p-map';
import type { ImageTagPolicy } from '../../src/model/policy.ts';
import { aChannel, anImagePolicy, aRetain } from '../support/policies.ts';
import {
  type ImagePusher,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../support/registry-images.ts';

const DAY_MS = 86_400_000;
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const EMPTY_TAR = Buffer.alloc(1_024);
const TOGETHER = 8;
const OLD_DAYS = 30;
const STABLE_DAYS = 7;
/** So many old builds were promoted to a release once, and share its content. */
const SIBLINGS = 5;

/** What was pushed, and what the policy has to make of it, worked out by hand. */
export interface FullRepository {
  readonly path: string;
  readonly pushed: number;
  readonly wanted: Readonly<Record<string, string>>;
  /** The newest release: an index of two platforms, signed. */
  readonly index: {
    readonly digest: string;
    readonly children: readonly string[];
    readonly signature: string;
    readonly referrer: string;
  };
}

/** Three channels over releases, and old builds go. */
export const FULL_POLICY: ImageTagPolicy = anImagePolicy({
  channels: [
    aChannel({
      tag: 'stable',
      minAgeMs: STABLE_DAYS * DAY_MS,
      ageBy: 'created',
      backup: 'previous',
    }),
    aChannel({ tag: 'latest' }),
    aChannel({ tag: '{{ major }}' }),
  ],
  retain: [aRetain({ pattern: 'ci-.*', olderThanMs: OLD_DAYS * DAY_MS, ageBy: 'created' })],
  protect: ['*.*.*'],
});

/** Pushes `count` tags as clients would: releases, builds of a hundred days, an index with its signature, channels that lag. */
export async function fillRepository(
  pusher: ImagePusher,
  path: string,
  count: number,
): Promise<FullRepository> {
  await pusher.blob(path, EMPTY_TAR);
  const releases = Math.floor(count / 10);
  const builds = count - releases - SIBLINGS - 3;
  const bound: Record<string, string> = {};
  const image = (label: string, ageDays: number) => pushImage(pusher, path, { label, ageDays });
  const bind = async (tag: string, label: string, ageDays: number): Promise<void> => {
    bound[tag] = await tagged(pusher, path, tag, await image(label, ageDays));
  };

  // 1.0.0 is the oldest; every day has its release.
  const released = Array.from({ length: releases - 1 }, (_, minor) => minor);
  await pMap(
    released,
    async (minor) => await bind(`1.${minor}.0`, `release ${minor}`, releases - minor),
    { concurrency: TOGETHER },
  );
  await pMap(
    Array.from({ length: builds }, (_, number) => number),
    async (number) => await bind(`ci-${number}`, `build ${number}`, ageOf(number)),
    { concurrency: TOGETHER },
  );
  // Built with a release that is old enough for them to go: they must not take it along.
  const oldest = { label: 'release 0', ageDays: releases };
  for (let index = 0; index < SIBLINGS; index += 1) {
    await bind(`ci-release-${index}`, oldest.label, Math.max(oldest.ageDays, OLD_DAYS + 1));
  }
  await bind('0.9.0', oldest.label, Math.max(oldest.ageDays, OLD_DAYS + 1));
  const index = await pushIndex(pusher, path, `1.${releases - 1}.0`);
  bound[`1.${releases - 1}.0`] = index.digest;
  await bind('stable', 'release 1', releases - 1);

  const stable = bound[`1.${releases - STABLE_DAYS}.0`] ?? '';
  const kept = Object.entries(bound).filter(
    ([tag]) =>
      !tag.startsWith('ci-release-') &&
      !(tag.startsWith('ci-') && ageOf(Number(tag.slice(3))) > OLD_DAYS),
  );
  const flat = index.digest.replace(':', '-');
  return {
    path,
    pushed: Object.keys(bound).length + 2,
    wanted: {
      ...Object.fromEntries(kept),
      previous: bound['stable'] ?? '',
      stable,
      latest: index.digest,
      '1': index.digest,
      '0': bound['0.9.0'] ?? '',
      [`${flat}.sig`]: index.signature,
      [flat]: index.referrers,
    },
    index,
  };
}

/** Whole days and never the limit itself, so that no clock decides. */
function ageOf(number: number): number {
  const age = (number * 7) % 100;
  return age === OLD_DAYS ? OLD_DAYS + 1 : age;
}

interface Stored {
  readonly body: object;
  readonly mediaType: string;
}

async function pushImage(
  pusher: ImagePusher,
  path: string,
  { label, ageDays }: { readonly label: string; readonly ageDays: number },
): Promise<Stored> {
  const day = new Date(Date.now() - ageDays * DAY_MS).toISOString().slice(0, 10);
  const text = { architecture: 'amd64', os: 'linux', created: `${day}T00:00:00Z`, label };
  const config = Buffer.from(JSON.stringify(text));
  const layer = { mediaType: LAYER, digest: EMPTY_TAR_DIGEST, size: EMPTY_TAR.length };
  const digest = await pusher.blob(path, config);
  const body = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest, size: config.length },
    layers: [layer],
  };
  return { body, mediaType: OCI_MANIFEST };
}

async function tagged(
  pusher: ImagePusher,
  path: string,
  tag: string | null,
  { body, mediaType }: Stored,
) {
  return await pusher.manifest(path, tag, body, mediaType);
}

/** Two platforms, a signature under the tag of its digest, and one as a referrer that the fallback tag names. */
async function pushIndex(pusher: ImagePusher, path: string, tag: string) {
  const children = [];
  for (const architecture of ['amd64', 'arm64']) {
    const stored = await pushImage(pusher, path, { label: architecture, ageDays: 1 });
    const digest = await tagged(pusher, path, null, stored);
    const size = JSON.stringify(stored.body).length;
    children.push({
      mediaType: OCI_MANIFEST,
      digest,
      size,
      platform: { os: 'linux', architecture },
    });
  }
  const body = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: children };
  const digest = await pusher.manifest(path, tag, body, OCI_INDEX);
  const flat = digest.replace(':', '-');
  const subject = { mediaType: OCI_INDEX, digest, size: JSON.stringify(body).length };
  const artifact = await pushImage(pusher, path, { label: `signature of ${digest}`, ageDays: 90 });
  const signed = { ...artifact.body, artifactType: 'application/vnd.example.signature', subject };
  const referrer = await pusher.manifest(path, null, signed);
  const listed = { mediaType: OCI_MANIFEST, digest: referrer, size: JSON.stringify(signed).length };
  const fallback = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [listed] };
  const referrers = await pusher.manifest(path, flat, fallback, OCI_INDEX);
  const signature = await tagged(pusher, path, `${flat}.sig`, artifact);
  return {
    digest,
    children: children.map((child) => child.digest),
    signature,
    referrers,
    referrer,
  };
}

const EMPTY_TAR_DIGEST = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';
