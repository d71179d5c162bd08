import type { Caller, Incoming, Refusal, Reply } from './exchange.ts';
import { refuseAsIms } from './huawei-errors.ts';
import type { ImageRecord } from './image-store.ts';
import type { World } from './world.ts';

/** A request for one place in the image service. */
export interface ImsPlace {
  readonly world: World;
  readonly incoming: Incoming;
  /** From the path. */
  readonly projectId: string;
  readonly imageId: string;
}

export const NO_SUCH_API: Refusal = {
  status: 404,
  code: 'APIGW.0101',
  message: 'The API does not exist or has not been published in the environment',
};
/** A region whose front knows the path, and no such call behind it. */
export const NOT_FOUND: Refusal = { status: 404, code: 'NotFound', message: 'Not found' };
export const NO_SUCH_METHOD: Refusal = {
  status: 405,
  code: 'MethodNotAllowed',
  message: 'Method not allowed',
};
export const MALFORMED: Refusal = { status: 400, code: 'IMG.0001', message: 'Malformed message' };
export const EMPTY_BODY: Refusal = { status: 400, code: 'IMG.0007', message: 'The body is empty' };
export const INVALID_TAG: Refusal = { status: 400, code: 'IMG.0115', message: 'Invalid image tag' };
export const TOO_MANY_TAGS: Refusal = {
  status: 400,
  code: 'IMG.0116',
  message: 'The number of image tags exceeds 10',
};
export const NO_SUCH_TAG: Refusal = { status: 404, code: 'IMG.0031', message: 'Tag not found' };
const WRONG_PROJECT: Refusal = {
  status: 400,
  code: 'IMG.0030',
  message: 'Invalid project id or token',
};
const NOT_OWNER: Refusal = { status: 400, code: 'IMG.0047', message: 'Only the owner may do this' };

/** Renders a refusal in the shape the switch asks for. */
export function refuseIms(
  { world, incoming }: Pick<ImsPlace, 'world' | 'incoming'>,
  refusal: Refusal,
): Reply {
  return refuseAsIms(refusal, incoming, world.switches.ims.errorShape);
}

/** Project mismatch, or `null`. */
export function findProjectRefusal({ projectId }: ImsPlace, caller: Caller): Refusal | null {
  return caller.projectId === projectId ? null : WRONG_PROJECT;
}

export type Access = { readonly image: ImageRecord } | { readonly refusal: Refusal };

/** The image a tag call names, if this caller may do that with it. */
export function resolveImage(place: ImsPlace, caller: Caller, intent: 'read' | 'write'): Access {
  const wrongProject = findProjectRefusal(place, caller);
  if (wrongProject !== null) return { refusal: wrongProject };
  const image = place.world.images.get(place.imageId);
  if (image === undefined) return { refusal: missingImage(place.world) };
  if (image.owner === caller.projectId) return { image };
  if (image.visibility === 'private') return { refusal: missingImage(place.world) };
  return intent === 'read' ? { image } : { refusal: NOT_OWNER };
}

function missingImage(world: World): Refusal {
  return {
    status: Number(world.switches.ims.missingImage),
    code: 'IMG.0144',
    message: 'The image does not exist',
  };
}
