import { ReconcileError } from '../../model/errors.ts';
import { type Attributes, type Discovered, type Target, targetKey } from '../../model/target.ts';
import type { DiscoveryHint } from '../provider.ts';
import { incomplete, parseBody, type Question } from './answer.ts';
import { ImageList, type ImageRecord } from './schema.ts';
import type { ImsConnection } from './tags.ts';

/** The documented default page size, so no region can have a lower cap: a shorter page is the last one. */
const PAGE_SIZE = 500;
const LOOKUPS_AT_ONCE = 50;
const IMAGE_TYPES = { private: 'private', public: 'gold', shared: 'shared' } as const;

type Query = readonly (readonly [name: string, value: string])[];

/** Images of the account page by page, or the named ones. Throws LISTING_INCOMPLETE rather than end early. */
export async function* discoverImages(
  connection: ImsConnection,
  hint: DiscoveryHint,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  if (hint.paths !== null) {
    yield* lookUp(connection, hint.paths, signal);
    return;
  }
  const seen = new Set<string>();
  let marker: string | null = null;
  do {
    const images: readonly ImageRecord[] = await listPage(connection, hint, marker, signal);
    for (const image of images) {
      // Sorted by id and continued after one, an image can only come twice when the marker is not honored.
      if (seen.has(image.id))
        throw incomplete(ask(connection, 'all images'), 'an image came twice');
      seen.add(image.id);
    }
    yield images.map((image) => discovered(connection, image));
    marker = images.length < PAGE_SIZE ? null : (images.at(-1)?.id ?? null);
  } while (marker !== null);
}

/** Facts of one image: one GET. Throws PROVIDER_NOT_FOUND. */
export async function describeImage(
  connection: ImsConnection,
  target: Target,
  signal: AbortSignal,
): Promise<Attributes> {
  const image = await readImage(connection, target.path, signal);
  if (image !== null) return attributesOf(image);
  throw new ReconcileError(
    'PROVIDER_NOT_FOUND',
    `Cannot describe image "${targetKey(target)}": it is not listed, an existing image was wanted`,
  );
}

async function* lookUp(
  connection: ImsConnection,
  ids: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  for (let start = 0; start < ids.length; start += LOOKUPS_AT_ONCE) {
    const group = ids.slice(start, start + LOOKUPS_AT_ONCE);
    // A named image that is gone stays a target: its pass reports it as unknown instead of saying nothing.
    yield await Promise.all(
      group.map(async (id) =>
        discovered(connection, (await readImage(connection, id, signal)) ?? { id }),
      ),
    );
  }
}

async function listPage(
  connection: ImsConnection,
  { visibility }: DiscoveryHint,
  marker: string | null,
  signal: AbortSignal,
): Promise<readonly ImageRecord[]> {
  const query: Query = [
    ['limit', String(PAGE_SIZE)],
    ['sort_key', 'id'],
    ['sort_dir', 'asc'],
    ...(visibility === null ? [] : [['__imagetype', IMAGE_TYPES[visibility]] as const]),
    ...(marker === null ? [] : [['marker', marker] as const]),
  ];
  try {
    return await queryImages(connection, 'all images', query, signal);
  } catch (error) {
    // A marker image deleted meanwhile answers 400 or 404, which says nothing about the account.
    if (marker === null || !isRefusal(error)) throw error;
    throw incomplete(ask(connection, 'all images'), 'the next page was refused', error);
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof ReconcileError &&
    (error.code === 'PROVIDER_REJECTED' || error.code === 'PROVIDER_NOT_FOUND')
  );
}

async function readImage(
  connection: ImsConnection,
  id: string,
  signal: AbortSignal,
): Promise<ImageRecord | null> {
  const images = await queryImages(connection, id, [['id', id]], signal);
  return images.find((image) => image.id === id) ?? null;
}

async function queryImages(
  connection: ImsConnection,
  subject: string,
  query: Query,
  signal: AbortSignal,
): Promise<readonly ImageRecord[]> {
  const question = ask(connection, subject);
  const response = await connection.http.send(
    {
      operation: question.operation,
      method: 'GET',
      segments: ['v2', 'cloudimages'],
      query,
      idempotent: true,
    },
    signal,
  );
  return parseBody(ImageList, question, response).images;
}

function ask({ account }: ImsConnection, subject: string): Question {
  return { account: account.name, operation: 'ListImages', subject };
}

function discovered({ account }: ImsConnection, image: ImageRecord): Discovered {
  return { target: { account: account.name, path: image.id }, attributes: attributesOf(image) };
}

function attributesOf(image: ImageRecord): Attributes {
  const facts: Readonly<Record<string, string | number | null | undefined>> = {
    id: image.id,
    name: image.name,
    visibility: image.visibility,
    status: image.status,
    osType: image.__os_type,
    osBit: image.__os_bit,
    osVersion: image.__os_version,
    platform: image.__platform,
    architecture: image.architecture ?? (image.__support_arm === 'true' ? 'arm' : null),
    sourceImageId: image.__originalimagename,
    createdAt: image.created_at,
    updatedAt: image.updated_at,
    minDisk: image.min_disk,
    enterpriseProjectId: image.enterprise_project_id,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, fact]) =>
      fact === null || fact === undefined || fact === '' ? [] : [[name, String(fact)]],
    ),
  );
}
