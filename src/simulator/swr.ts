import type { Call, Incoming, Refusal, Service } from './exchange.ts';
import { refuseAsSwr } from './huawei-errors.ts';
import type { HuaweiGate } from './huawei-gate.ts';
import { parseRepositorySegment } from './swr-names.ts';
import {
  NO_PROJECT,
  NO_SUCH_URL,
  type SwrPlace,
  type SwrRequest,
  TOKEN_EXPIRED,
} from './swr-refusals.ts';
import {
  listNamespaces,
  listRepositories,
  listRepositoriesV3,
  readRepository,
} from './swr-repositories.ts';
import { copyTag, deleteTag } from './swr-tag-writes.ts';
import { listTags, listTagsV3 } from './swr-tags.ts';
import type { World } from './world.ts';

export interface SwrOptions {
  readonly world: World;
  readonly gate: HuaweiGate;
}

/** The fake SWR management API; the registry will read the same `world.repositories`. */
export function createSwr({ world, gate }: SwrOptions): Service {
  const refuse: Service['refuse'] = (refusal, incoming) =>
    refuseAsSwr(refusal, incoming, world.switches.swr.errorShape);
  return {
    name: 'swr',
    route: (incoming) => route(world, incoming) ?? unknown(incoming, refuse),
    authenticate: (incoming) => {
      const result = gate.authenticate(incoming, (refusal) =>
        refuse(translateAuthentication(refusal), incoming),
      );
      return result.type === 'caller' && result.caller.projectId === null
        ? { type: 'refused', reply: refuse(NO_PROJECT, incoming) }
        : result;
    },
    refuse,
  };
}

/** SWR words an expired token itself; everything else comes from the gateway. */
function translateAuthentication(refusal: Refusal): Refusal {
  return refusal.code === 'APIGW.0307' ? TOKEN_EXPIRED : refusal;
}

function route(world: World, incoming: Incoming): Call | null {
  const [version = '', manage, ...rest] = incoming.segments ?? [];
  if (manage !== 'manage') return null;
  if (version === 'v3' && !world.switches.swr.v3Available) return null;
  const request = { world, incoming };
  if (rest.length === 1)
    return routeCollection(`${incoming.method} ${version} ${rest[0]}`, request);
  const [namespaces, namespace = '', repos, segment = '', ...tail] = rest;
  const repository = parseRepositorySegment(segment);
  if (namespaces !== 'namespaces' || repos !== 'repos' || repository === null) return null;
  return routeRepository(version, { ...request, namespace, repository }, tail);
}

/** `tail` is what follows the repository segment. */
function routeRepository(version: string, place: SwrPlace, tail: readonly string[]): Call | null {
  const [tags, tag] = tail;
  if (tags !== undefined && tags !== 'tags') return null;
  switch (`${place.incoming.method} ${version} ${tail.length}`) {
    case 'GET v2 0':
      return readRepository(place);
    case 'GET v2 1':
      return listTags(place);
    case 'GET v3 1':
      return listTagsV3(place);
    case 'POST v2 1':
      return copyTag(place);
    case 'DELETE v2 2':
      return tag ? deleteTag(place, tag) : null;
    default:
      return null;
  }
}

function routeCollection(name: string, request: SwrRequest): Call | null {
  switch (name) {
    case 'GET v2 namespaces':
      return listNamespaces(request);
    case 'GET v2 repos':
      return listRepositories(request);
    case 'GET v3 repos':
      return listRepositoriesV3(request);
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
    run: () => refuse(NO_SUCH_URL, incoming),
  };
}
