import type { Call, Incoming, Reply, Service } from './exchange.ts';
import { createRegistryGate, type Need } from './oci-auth.ts';
import type { RegistryBackend } from './oci-backend.ts';
import {
  BLOB_STORE,
  cancelUpload,
  deleteBlob,
  finishUpload,
  patchUpload,
  readBlob,
  readStoredBlob,
  readUpload,
  startUpload,
  type Uploads,
} from './oci-blobs.ts';
import { deleteManifest, readManifest } from './oci-manifests.ts';
import { isOciName, type OciPath, parseOciPath } from './oci-path.ts';
import { putManifest } from './oci-pushes.ts';
import { listReferrers } from './oci-referrers.ts';
import { refuseInjectedOci } from './oci-refusals.ts';
import { type OciRequest, refuse, toOciRead } from './oci-request.ts';
import { listCatalog, listTags } from './oci-tags.ts';
import type { RegistryTokens } from './oci-tokens.ts';

export interface OciOptions {
  readonly backend: RegistryBackend;
  readonly tokens: RegistryTokens;
  readonly now: () => number;
}

/** A registry of the OCI Distribution protocol, with its own token service, over any tag store. */
export function createOci({ backend, tokens, now }: OciOptions): Service {
  const gate = createRegistryGate({ backend, tokens, now });
  const uploads: Uploads = new Map();
  return {
    name: backend.service,
    route: (incoming) => {
      const request = { backend, gate, incoming, switches: backend.switches() };
      const call = routeToken(request) ?? routePath(request, uploads) ?? noSuchRoute();
      return { ...call, run: (context) => decorate(request, call.run(context)) };
    },
    authenticate: (incoming) => {
      const reply = authenticate({ backend, gate, incoming, switches: backend.switches() });
      return reply === null
        ? { type: 'caller', caller: { projectId: null } }
        : { type: 'refused', reply };
    },
    refuse: refuseInjectedOci,
  };
}

/** Routes outside `/v2/`: they need no login. */
function routeToken(request: OciRequest): Call | null {
  const { backend, gate, incoming } = request;
  const path = `/${incoming.segments?.join('/') ?? ''}`;
  if (incoming.method === 'GET' && path === backend.token.path) {
    return toOciRead('GetToken', '', () => gate.issue(incoming));
  }
  return incoming.segments?.[0] === BLOB_STORE ? readStoredBlob(request) : null;
}

function routePath(request: OciRequest, uploads: Uploads): Call | null {
  const path = parseOciPath(request.incoming);
  if (path === null) return null;
  if ('name' in path && !isOciName(path.name)) {
    return toOciRead('Unknown', '', () => refuse('nameInvalid'));
  }
  return (
    ROUTES[`${request.incoming.method} ${path.type}`]?.(request, path, uploads) ?? unsupported(path)
  );
}

type Route = (request: OciRequest, path: OciPath, uploads: Uploads) => Call;

/** HEAD runs what GET runs: the server leaves the body out. */
const ROUTES: Readonly<Record<string, Route>> = {
  'GET base': (request) => toOciRead('CheckApi', '', () => probe(request)),
  'HEAD base': (request) => toOciRead('CheckApi', '', () => probe(request)),
  'GET catalog': routeCatalog,
  'GET tags': (request, path) => listTags({ ...request, name: nameIn(path) }),
  'GET manifest': (request, path) => readManifest(toPlace(request, path)),
  'HEAD manifest': (request, path) => readManifest(toPlace(request, path)),
  'PUT manifest': (request, path) => putManifest(toPlace(request, path)),
  'DELETE manifest': (request, path) => deleteManifest(toPlace(request, path)),
  'GET referrers': (request, path) => listReferrers(toPlace(request, path)),
  'GET blob': (request, path, uploads) => readBlob({ ...toPlace(request, path), uploads }),
  'HEAD blob': (request, path, uploads) => readBlob({ ...toPlace(request, path), uploads }),
  'DELETE blob': (request, path, uploads) => deleteBlob({ ...toPlace(request, path), uploads }),
  'POST uploads': (request, path, uploads) => startUpload({ ...toPlace(request, path), uploads }),
  'GET upload': (request, path, uploads) => readUpload({ ...toPlace(request, path), uploads }),
  'PATCH upload': (request, path, uploads) => patchUpload({ ...toPlace(request, path), uploads }),
  'PUT upload': (request, path, uploads) => finishUpload({ ...toPlace(request, path), uploads }),
  'DELETE upload': (request, path, uploads) => cancelUpload({ ...toPlace(request, path), uploads }),
};

function routeCatalog(request: OciRequest): Call {
  const { catalog } = request.switches;
  if (catalog === 'on') return listCatalog(request);
  const refusal = catalog === '401' ? 'unauthorized' : 'noSuchRoute';
  return toOciRead('ListCatalog', '', () => refuse(refusal));
}

function nameIn(path: OciPath): string {
  return 'name' in path ? path.name : '';
}

function toPlace(request: OciRequest, path: OciPath) {
  return { ...request, name: nameIn(path), reference: 'reference' in path ? path.reference : '' };
}

function unsupported(path: OciPath): Call {
  return toOciRead('Unknown', nameIn(path), () => refuse('unsupported'));
}

function noSuchRoute(): Call {
  return toOciRead('Unknown', '', () => refuse('noSuchRoute'));
}

function probe({ switches }: OciRequest): Reply {
  return switches.probe === '301'
    ? { status: 301, headers: { location: '/' }, body: null, code: null }
    : { status: 200, headers: { 'content-type': 'application/json' }, body: '{}', code: null };
}

/** Warnings may come with any answer. */
function decorate({ switches }: OciRequest, reply: Reply): Reply {
  return {
    ...reply,
    headers: {
      'docker-distribution-api-version': 'registry/2.0',
      ...reply.headers,
      ...(switches.warning === null ? {} : { warning: `299 - "${switches.warning}"` }),
    },
  };
}

function authenticate(request: OciRequest): Reply | null {
  const { incoming, switches, gate } = request;
  const path = parseOciPath(incoming);
  if (path === null) return null;
  if (path.type === 'base') return switches.probe === '301' ? null : gate.check(incoming, null);
  if (path.type === 'catalog') {
    if (switches.catalog === '404') return null;
    const need: Need = { type: 'registry', name: 'catalog', action: '*' };
    return gate.check(incoming, need);
  }
  return gate.check(incoming, {
    type: 'repository',
    name: nameIn(path),
    action: actionOf(incoming, path, switches.deleteNeeds),
  });
}

function actionOf({ method }: Incoming, path: OciPath, deleteNeeds: 'delete' | 'push'): string {
  if (path.type === 'uploads' || path.type === 'upload') return 'push';
  switch (method) {
    case 'GET':
    case 'HEAD':
      return 'pull';
    case 'DELETE':
      return deleteNeeds;
    default:
      return 'push';
  }
}
