import type { z } from 'zod';
import { decodeKey } from '../../api/decode.ts';
import { encodeRun, encodeTarget } from '../../api/encode.ts';
import { RunsQuery, TargetPath, TargetsQuery } from '../../api/requests.ts';
import { RunsBody, TargetBody, TargetsBody } from '../../api/schemas.ts';
import { globMatcher } from '../../model/glob.ts';
import type { TargetRecord } from '../../model/history.ts';
import { type Target, targetKey } from '../../model/target.ts';
import { targetConditions } from '../../report/conditions.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Deployment } from './deployment.ts';
import { readHolds } from './holds.ts';
import { maySelect } from './policy-overview.ts';
import { Refusal } from './refusal.ts';
import { defineRoute, type Route } from './route.ts';

/** Targets looked at for one page, whatever the filters leave of them. */
const MOST_SEEN = 5_000;
const STORE_PAGE = 500;

/** What the deployment knows of its targets. */
export const TARGET_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/targets',
    operationId: 'listTargets',
    tag: 'targets',
    summary: 'Targets with the result of their last pass, sorted by account/path',
    description:
      'A page may be short, or empty, with more to follow: go on until next is null. A target that never had a pass is not listed.',
    query: TargetsQuery,
    status: 200,
    answer: TargetsBody,
    problems: ['invalid'],
    async handle({ query }, { deployment }) {
      const { cursor, limit, ...filters } = query;
      const after = decodeCursor(cursor, filters);
      const page = await readTargets(deployment, { filters, after, limit });
      const holdsOf = await readHolds(deployment);
      return {
        items: page.items.map((record) =>
          encodeTarget(record, targetConditions(record, holdsOf(record.target))),
        ),
        next: encodeCursor(page.next, filters),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/targets/{target}',
    operationId: 'readTarget',
    tag: 'targets',
    summary: 'One target with the result of its last pass',
    params: TargetPath,
    status: 200,
    answer: TargetBody,
    problems: ['not-found', 'invalid'],
    async handle({ params }, { deployment }) {
      const target = decodeKey(params.target);
      const record = await deployment.store.target(target);
      if (record === null) throw noTarget(target);
      const holdsOf = await readHolds(deployment);
      return encodeTarget(record, targetConditions(record, holdsOf(target)));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/targets/{target}/history',
    operationId: 'listTargetRuns',
    tag: 'targets',
    summary: 'Runs that wrote to one target, newest first',
    params: TargetPath,
    query: RunsQuery,
    status: 200,
    answer: RunsBody,
    problems: ['invalid'],
    async handle({ params, query }, { deployment }) {
      const target = decodeKey(params.target);
      const after = decodeCursor(query.cursor, params);
      const page = await deployment.store.runs({ target, after, limit: query.limit });
      return { items: page.items.map(encodeRun), next: encodeCursor(page.next, params) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/targets/{target}/quarantine',
    operationId: 'releaseTarget',
    tag: 'targets',
    summary: 'End the quarantine of a target whose passes took workers down',
    params: TargetPath,
    status: 204,
    problems: ['not-found', 'invalid'],
    async handle({ params }, { deployment }) {
      const target = decodeKey(params.target);
      if (await deployment.store.release(target)) return null;
      throw new Refusal('not-found', `target "${targetKey(target)}" is not quarantined`);
    },
  }),
];

function noTarget(target: Target): Refusal {
  return new Refusal(
    'not-found',
    `no pass over target "${targetKey(target)}" is known; wanted account/path with each "/" written %2F`,
  );
}

interface TargetsRequest {
  readonly filters: Omit<z.output<typeof TargetsQuery>, 'cursor' | 'limit'>;
  readonly after: string | null;
  readonly limit: number;
}

async function readTargets(
  deployment: Deployment,
  { filters, after, limit }: TargetsRequest,
): Promise<{ readonly items: readonly TargetRecord[]; readonly next: string | null }> {
  const {
    status = null,
    glob = '',
    account = /^([^*?[\]{}\\/]+)\//.exec(glob)?.[1] ?? null,
  } = filters;
  const isMeant = filterOf(deployment, filters);
  const items: TargetRecord[] = [];
  let next = after;
  let seen = 0;
  do {
    // Never more than the page can take, so that it ends where the store's own page does.
    const wanted = isMeant === null ? limit - items.length : STORE_PAGE;
    const page = await deployment.store.targets({ status, account, after: next, limit: wanted });
    for (const record of page.items) {
      if (isMeant !== null && !isMeant(record)) continue;
      items.push(record);
      if (items.length === limit && record !== page.items.at(-1)) {
        return { items, next: targetKey(record.target) };
      }
    }
    next = page.next;
    seen += wanted;
  } while (next !== null && items.length < limit && seen < MOST_SEEN);
  return { items, next };
}

/** Null: the store's own filters are all there is. */
function filterOf(
  { policies }: Deployment,
  { policy: name, glob }: TargetsRequest['filters'],
): ((record: TargetRecord) => boolean) | null {
  if (name === undefined && glob === undefined) return null;
  const policy = name === undefined ? null : policies().policies.find((one) => one.name === name);
  if (policy === undefined) {
    throw new Refusal('invalid', `query.policy: there is no policy "${name}" in force`);
  }
  const matches = glob === undefined ? () => true : parseGlob(glob, 'query.glob');
  return (record) =>
    (policy === null || maySelect(policy, record)) && matches(targetKey(record.target));
}

/** The glob's matcher; throws Refusal for one that cannot be compiled. */
export function parseGlob(glob: string, place: string): (key: string) => boolean {
  try {
    return globMatcher([glob]);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it is no glob';
    throw new Refusal('invalid', `${place}: ${message}`, { errors: [{ path: place, message }] });
  }
}
