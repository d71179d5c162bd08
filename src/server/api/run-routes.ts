import { encodeRun } from '../../api/encode.ts';
import { RunPath, RunsQuery } from '../../api/requests.ts';
import { RunBody, RunsBody } from '../../api/schemas.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { Refusal } from './refusal.ts';
import { defineRoute, type Route } from './route.ts';

/** The runs that wrote. */
export const RUN_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/runs',
    operationId: 'listRuns',
    tag: 'runs',
    summary: 'Runs that wrote, newest first, each with its first 50 operations',
    query: RunsQuery,
    status: 200,
    answer: RunsBody,
    problems: ['invalid'],
    async handle({ query: { cursor, limit } }, { deployment }) {
      const after = decodeCursor(cursor, 'runs');
      const page = await deployment.store.runs({ target: null, after, limit });
      return { items: page.items.map(encodeRun), next: encodeCursor(page.next, 'runs') };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/runs/{run}',
    operationId: 'readRun',
    tag: 'runs',
    summary: 'One run with all its operations and what became of them',
    params: RunPath,
    status: 200,
    answer: RunBody,
    problems: ['not-found', 'invalid'],
    async handle({ params }, { deployment }) {
      const run = await deployment.store.run(params.run);
      if (run !== null) return encodeRun(run);
      throw new Refusal('not-found', `no run "${params.run}" is remembered`);
    },
  }),
];
