import { decodeKey } from '../../api/decode.ts';
import { encodeExplained, encodePause } from '../../api/encode.ts';
import {
  API_VERSION,
  ExplainQuery,
  PauseRequest,
  ScopeQuery,
  TriggerAccepted,
  TriggerRequest,
} from '../../api/requests.ts';
import { ExplanationBody, PauseBody, PausesBody, StatusBody } from '../../api/schemas.ts';
import { accountOf, type PauseScope } from '../../model/pause.ts';
import { targetKey } from '../../model/target.ts';
import { describeScope } from '../../report/holds.ts';
import type { Deployment } from './deployment.ts';
import { allPauses } from './holds.ts';
import { Refusal } from './refusal.ts';
import { defineRoute, type Route } from './route.ts';
import { parseGlob } from './target-routes.ts';

/** The deployment as a whole, and what may be asked of it. */
export const OPERATE_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/status',
    operationId: 'readStatus',
    tag: 'operate',
    summary: 'What is paused, how many targets are in which status, how long the queues are',
    status: 200,
    answer: StatusBody,
    problems: [],
    handle: async (_input, { deployment }) => await readStatus(deployment),
  }),
  defineRoute({
    method: 'GET',
    path: '/explain',
    operationId: 'explain',
    tag: 'operate',
    summary: 'Which rule decides about a tag, which rules lose, and why',
    description: 'Reads the target at its cloud, within the request budget of its account.',
    query: ExplainQuery,
    status: 200,
    answer: ExplanationBody,
    problems: ['not-found', 'invalid', 'cloud-failed'],
    async handle({ query: { target, tag } }, { deployment, signal }) {
      return encodeExplained(await deployment.explain(decodeKey(target), tag ?? null, signal));
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/triggers',
    operationId: 'trigger',
    tag: 'operate',
    summary: 'Ask for a pass over a target, or for a sweep of a policy',
    description: 'Asking twice is harmless: what waits already takes the second request in.',
    body: TriggerRequest,
    status: 202,
    answer: TriggerAccepted,
    problems: ['invalid'],
    async handle({ body }, { deployment, requestId }) {
      const caused = { correlation_id: requestId };
      if ('policy' in body) {
        await deployment.sweep(body.policy, requestId);
        return { accepted: 'sweep' as const, of: body.policy, ...caused };
      }
      const target = decodeKey(body.target);
      await deployment.trigger(target, requestId);
      return { accepted: 'pass' as const, of: targetKey(target), ...caused };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/pauses',
    operationId: 'listPauses',
    tag: 'operate',
    summary: 'Pauses in force, those of the configuration included',
    status: 200,
    answer: PausesBody,
    problems: [],
    handle: async (_input, { deployment }) => ({
      items: (await allPauses(deployment)).map(encodePause),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/pauses',
    operationId: 'pause',
    tag: 'operate',
    summary: 'Hold writes on all workers within two seconds; planning goes on',
    description: 'Replaces a pause of the same scope.',
    body: PauseRequest,
    status: 201,
    answer: PauseBody,
    problems: ['invalid'],
    async handle({ body: { scope, reason } }, { deployment }) {
      if (scope.type === 'targets') parseGlob(scope.glob, 'body.scope.glob');
      refuseUnknown(scope, deployment);
      const pause = { scope, reason, by: 'api', since: deployment.now() } as const;
      await deployment.store.pause(pause);
      return encodePause(pause);
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/pauses',
    operationId: 'resume',
    tag: 'operate',
    summary: 'End the pause of one scope',
    description:
      'The next sweeps bring what was held; POST /triggers brings it at once. Pauses of the configuration end with a change of it only.',
    query: ScopeQuery,
    status: 204,
    problems: ['not-found', 'invalid'],
    async handle({ query: scope }, { deployment }) {
      if (await deployment.store.resume(scope)) return null;
      throw new Refusal('not-found', `${describeScope(scope)} was not paused`);
    },
  }),
];

/** A name that was misspelt reads like a pause that works. */
function refuseUnknown(scope: PauseScope, { policies, accounts }: Deployment): void {
  if (scope.type === 'policy' && !policies().policies.some(({ name }) => name === scope.policy)) {
    throw new Refusal('invalid', `body.scope.policy: there is no policy "${scope.policy}"`);
  }
  const account = accountOf(scope);
  if (account === null || accounts.includes(account)) return;
  throw new Refusal('invalid', `body.scope.glob: account "${account}" is not configured`);
}

async function readStatus(deployment: Deployment): Promise<typeof StatusBody._zod.output> {
  const { store, now, version, accounts, policies, policyProblem, queues } = deployment;
  const at = now();
  const [pauses, quarantined, counts, depths] = await Promise.all([
    allPauses(deployment),
    store.quarantined(at),
    store.counts(at),
    queues(),
  ]);
  const { 'in-sync': inSync, drifted, refused, unknown } = counts;
  return {
    api_version: API_VERSION,
    version,
    now: at.toISOString(),
    policy_revision: policies().revision,
    policy_problem: policyProblem(),
    accounts: [...accounts],
    paused: pauses.map(encodePause),
    quarantined: quarantined.map(({ target, until }) => ({
      target: targetKey(target),
      until: until.toISOString(),
    })),
    summary: {
      targets: inSync + drifted + refused + unknown,
      in_sync: inSync,
      drifted,
      refused,
      unknown,
      quarantined: counts.quarantined,
    },
    queues: depths.map(({ queue, counts: states }) => ({ queue, counts: { ...states } })),
  };
}
