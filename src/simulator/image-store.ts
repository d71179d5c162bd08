import { type ImageSeed, ImageSeedSchema } from './seed.ts';

const FIRST_IMAGE_MS = Date.UTC(2024, 0, 1);

/** Fields a listing can be ordered by. */
export type ImageOrder = 'createdAtMs' | 'name' | 'id' | 'status';

/** One VM image. */
export interface ImageRecord {
  readonly id: string;
  readonly name: string;
  readonly osType: string;
  readonly osVersion: string;
  readonly visibility: 'private' | 'public' | 'shared';
  readonly imageType: 'gold' | 'private' | 'shared' | 'market';
  readonly status: string;
  readonly owner: string;
  readonly createdAtMs: number;
  readonly tags: Map<string, string>;
}

/** VM images and their key/value tags. Writes here bypass the wire: no limits, no journal. */
export interface ImageStore {
  readonly images: ReadonlyMap<string, ImageRecord>;
  /** Images ordered by one field; the order is kept between calls. */
  readonly orderedImages: (by: ImageOrder, direction: 'asc' | 'desc') => readonly ImageRecord[];
  readonly addImage: (seed: ImageSeed) => ImageRecord;
  readonly removeImage: (id: string) => boolean;
  /** Throws for an unknown image. */
  readonly imageTags: (id: string) => Record<string, string>;
  readonly setImageTag: (id: string, key: string, value: string) => void;
  readonly deleteImageTag: (id: string, key: string) => boolean;
}

/** An empty store; images without an owner belong to `defaultOwner`. */
export function createImageStore(defaultOwner: string): ImageStore {
  const images = new Map<string, ImageRecord>();
  const orders = new Map<string, readonly ImageRecord[]>();
  let added = 0;

  const read = (id: string): ImageRecord => {
    const image = images.get(id);
    if (image === undefined) throw new Error(`Cannot find image "${id}" in the simulated world`);
    return image;
  };

  return {
    images,
    orderedImages: (by, direction) => {
      const name = `${by} ${direction}`;
      const order = orders.get(name) ?? sortImages(images.values(), by, direction);
      orders.set(name, order);
      return order;
    },
    addImage: (seed) => {
      const image = createImage(seed, { owner: defaultOwner, position: added });
      added += 1;
      orders.clear();
      images.set(image.id, image);
      return image;
    },
    removeImage: (id) => {
      orders.clear();
      return images.delete(id);
    },
    imageTags: (id) => Object.fromEntries(read(id).tags),
    setImageTag: (id, key, value) => {
      read(id).tags.set(key, value);
    },
    deleteImageTag: (id, key) => read(id).tags.delete(key),
  };
}

function createImage(
  seed: ImageSeed,
  { owner, position }: { readonly owner: string; readonly position: number },
): ImageRecord {
  const parsed = ImageSeedSchema.parse(seed);
  return {
    id: parsed.id,
    name: parsed.name,
    osType: parsed.osType,
    osVersion: parsed.osVersion,
    visibility: parsed.visibility,
    imageType: parsed.imageType ?? (parsed.visibility === 'public' ? 'gold' : parsed.visibility),
    status: parsed.status,
    owner: parsed.owner ?? owner,
    createdAtMs:
      parsed.createdAt === undefined
        ? FIRST_IMAGE_MS + position * 1_000
        : Date.parse(parsed.createdAt),
    tags: new Map(Object.entries(parsed.tags)),
  };
}

function sortImages(
  images: Iterable<ImageRecord>,
  by: ImageOrder,
  direction: 'asc' | 'desc',
): ImageRecord[] {
  const sorted = [...images].toSorted((a, b) =>
    a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : a.id < b.id ? -1 : 1,
  );
  return direction === 'asc' ? sorted : sorted.reverse();
}
