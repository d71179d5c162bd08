import type { Call, Incoming, Service } from './exchange.ts';
import { refuseAsIms } from './huawei-errors.ts';
import type { HuaweiGate } from './huawei-gate.ts';
import { listImages } from './ims-images.ts';
import { queryByTags } from './ims-query.ts';
import { type ImsPlace, NO_SUCH_API } from './ims-refusals.ts';
import {
  addImageTag,
  batchImageTags,
  deleteImageTag,
  listImageTags,
  listProjectTags,
} from './ims-tags.ts';
import type { World } from './world.ts';

export interface ImsOptions {
  readonly world: World;
  readonly gate: HuaweiGate;
}

/** The fake image service: the three tag calls of the seed pages and their neighbours. */
export function createIms({ world, gate }: ImsOptions): Service {
  const refuse: Service['refuse'] = (refusal, incoming) =>
    refuseAsIms(refusal, incoming, world.switches.ims.errorShape);
  return {
    name: 'ims',
    route: (incoming) => route(world, incoming) ?? unknown(incoming, refuse),
    authenticate: (incoming) => gate.authenticate(incoming, (refusal) => refuse(refusal, incoming)),
    refuse,
  };
}

function route(world: World, incoming: Incoming): Call | null {
  const { method, segments } = incoming;
  if (segments?.[0] !== 'v2') return null;
  const [, projectId = '', images] = segments;
  if (method === 'GET' && segments.length === 2 && projectId === 'cloudimages') {
    return listImages(world, incoming);
  }
  if (images !== 'images') return null;
  const imageId = segments[3] ?? '';
  return routeTags({ world, incoming, projectId, imageId }, segments.slice(4));
}

/** `rest` is what follows the image id. */
function routeTags(place: ImsPlace, rest: readonly string[]): Call | null {
  const { incoming, imageId } = place;
  switch (`${incoming.method} ${[imageId, ...rest].length} ${rest[0] ?? imageId}`) {
    case 'GET 1 tags':
      return listProjectTags(place);
    case 'GET 2 tags':
      return listImageTags(place);
    case 'POST 2 tags':
      return addImageTag(place);
    case 'POST 2 action':
      return imageId === 'resource_instances' ? queryByTags(place) : null;
    case 'POST 3 tags':
      return rest[1] === 'action' ? batchImageTags(place) : null;
    case 'DELETE 3 tags':
      return rest[1] ? deleteImageTag(place, rest[1]) : null;
    default:
      return null;
  }
}

function unknown(incoming: Incoming, refuse: Service['refuse']): Call {
  return {
    operation: 'Unknown',
    target: '',
    writes: [],
    read: () => null,
    run: () => refuse(NO_SUCH_API, incoming),
  };
}
