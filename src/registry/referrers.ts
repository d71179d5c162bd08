import { z } from 'zod';
import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import { type Target, targetKey } from '../model/target.ts';
import { callRegistry, isSuccess, refuse, repositoryOf, scopeOf } from './call.ts';
import { isDigest } from './digest.ts';
import { nextLink, targetWithin } from './link.ts';
import { readManifest, sourceOf } from './manifests.ts';
import type { Registry } from './registry.ts';

const MAX_PAGES = 1_000;
/** More than anybody keeps; a list without an end must not take the process with it. */
const MAX_FOUND = 10_000;
/** Answers of registries without the referrers API. */
const UNSUPPORTED: ReadonlySet<number> = new Set([404, 405, 501]);

/** Some answer null where there are none. */
const ReferrersText = z.object({
  manifests: z.array(z.looseObject({ digest: z.string().refine(isDigest) })).nullable(),
});

/** Tag of the list that clients keep where the registry keeps none (distribution-spec v1.1). */
export function referrersTag(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/** Digests of all manifests whose subject this is, as the API lists them, else the fallback tag. */
export async function listReferrers(
  registry: Registry,
  target: Target,
  digest: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = new Set<string>();
  const visited = new Set<string>();
  let at: string | null = `${repositoryOf(target)}/referrers/${digest}`;
  while (at !== null) {
    if (visited.has(at) || visited.size === MAX_PAGES) throw incomplete(target, digest, 'no end');
    visited.add(at);
    const response = await askPage(registry, target, at, signal);
    if (visited.size === 1 && UNSUPPORTED.has(response.status)) {
      return await listByTag(registry, target, digest, signal);
    }
    if (!isSuccess(response)) throw refuse(registry, sourceOf('ListReferrers', target), response);
    for (const one of digestsOf(response.text, target, digest)) found.add(one);
    if (found.size > MAX_FOUND) throw incomplete(target, digest, `more than ${MAX_FOUND} entries`);
    at = nextPage(registry, at, response, { target, digest });
  }
  return [...found];
}

async function listByTag(
  registry: Registry,
  target: Target,
  digest: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const list = await readManifest(registry, target, referrersTag(digest), signal);
  if (list === null) return [];
  return digestsOf(new TextDecoder().decode(list.bytes), target, digest);
}

async function askPage(
  registry: Registry,
  target: Target,
  at: string,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const call = {
    operation: 'ListReferrers',
    method: 'GET',
    headers: { Accept: 'application/vnd.oci.image.index.v1+json' },
    scopes: [scopeOf(repositoryOf(target), 'pull')],
    idempotent: true,
  } as const;
  const response = at.startsWith('/')
    ? await registry.http.send({ ...call, segments: [], rawTarget: at }, signal)
    : await callRegistry(registry, { ...call, path: at }, signal);
  if (response === null) throw refuse(registry, sourceOf(call.operation, target), response);
  return response;
}

interface Subject {
  readonly target: Target;
  readonly digest: string;
}

function nextPage(
  { endpoint }: Registry,
  at: string,
  { headers }: ApiResponse,
  { target, digest }: Subject,
): string | null {
  const link = nextLink(headers['link']);
  if (link === null) return null;
  const next = targetWithin(link, new URL(at.startsWith('/') ? at : `/v2/${at}`, endpoint).href);
  if (next === null) throw incomplete(target, digest, 'a next page on another host');
  return next;
}

function digestsOf(text: string, target: Target, digest: string): readonly string[] {
  const parsed = ReferrersText.safeParse(parseJson(text));
  if (!parsed.success) throw incomplete(target, digest, 'another form');
  return (parsed.data.manifests ?? []).map((one) => one.digest);
}

function incomplete(target: Target, digest: string, what: string): ReconcileError {
  return new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot list referrers of "${digest}" of "${targetKey(target)}": the list has ${what}, a whole one was wanted`,
  );
}
