import { encodeCondition, encodePolicy } from '../../api/encode.ts';
import { PoliciesBody } from '../../api/schemas.ts';
import type { Condition } from '../../model/condition.ts';
import type { Pause } from '../../model/pause.ts';
import { type PolicyTally, policyConditions } from '../../report/conditions.ts';
import type { Deployment } from './deployment.ts';
import { allPauses } from './holds.ts';
import { defineRoute, type Route } from './route.ts';

const NONE: PolicyTally = {
  drifted: 0,
  refused: 0,
  unknown: 0,
  stalled: 0,
  since: null,
  isComplete: true,
};

/** The policies in force and how their targets are. */
export const POLICY_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/policies',
    operationId: 'listPolicies',
    tag: 'policies',
    summary: 'The policies in force with their conditions',
    description: 'How many targets are not in sync is counted at most every five seconds.',
    status: 200,
    answer: PoliciesBody,
    problems: [],
    async handle(_input, { deployment, overview }) {
      const [pauses, tallies] = await Promise.all([
        allPauses(deployment),
        overview.tallies(deployment),
      ]);
      const { policies, revision } = deployment.policies();
      return {
        policy_revision: revision,
        source: encodeCondition(sourceCondition(deployment)),
        items: policies.map((policy) => {
          const tally = tallies.get(policy.name) ?? NONE;
          const { drifted, refused, unknown, isComplete: complete } = tally;
          const held = pauses.filter((pause) => holdsPolicy(pause, policy.name));
          const state = { tally, suspended: policy.suspend, pauses: held, revision };
          return {
            ...encodePolicy(policy),
            targets: { drifted, refused, unknown, complete },
            conditions: policyConditions(state).map(encodeCondition),
          };
        }),
      };
    },
  }),
];

function holdsPolicy({ scope }: Pause, name: string): boolean {
  return scope.type === 'all' || (scope.type === 'policy' && scope.policy === name);
}

function sourceCondition({ policies, policyProblem }: Deployment): Condition {
  const problem = policyProblem();
  return {
    type: 'SourceReady',
    status: problem === null ? 'True' : 'False',
    reason: problem === null ? 'Loaded' : 'LastGoodSetInForce',
    message: problem ?? 'the newest policies are in force',
    lastTransition: null,
    observedRevision: policies().revision,
  };
}
