import type { Authentication, Call, Incoming, Reply, Service } from './exchange.ts';
import { verifyUcloudSignature } from './ucloud-signature.ts';
import {
  deleteRepoImage,
  listImages,
  listProjects,
  listRepos,
  listTags,
  type UhubRequest,
} from './uhub-actions.ts';
import { parseUhubParameters, readText } from './uhub-parameters.ts';
import { refuseAction, refuseInjected, withRequestUuid } from './uhub-replies.ts';
import type { World } from './world.ts';

export interface UhubOptions {
  readonly world: World;
  readonly now: () => number;
}

const ACTIONS: Readonly<Record<string, (request: UhubRequest) => Call>> = {
  GetRepo: listRepos,
  GetRepoImage: listImages,
  GetImageTag: listTags,
  DeleteRepoImage: deleteRepoImage,
  GetProjectList: listProjects,
};

/** The fake UHub: one URL, the operation in `Action`, HTTP 200 for every business error. */
export function createUhub({ world, now }: UhubOptions): Service {
  return {
    name: 'uhub',
    route: (incoming) => {
      const call = route({ world, now, values: parseUhubParameters(incoming).values });
      return { ...call, run: (context) => withRequestUuid(call.run(context), incoming) };
    },
    authenticate: (incoming) => authenticate(world, incoming),
    refuse: (refusal, incoming) =>
      withRequestUuid(refuseInjected(world, readAction(incoming), refusal), incoming),
  };
}

function route(request: UhubRequest): Call {
  const action = readText(request.values, 'Action') ?? '';
  const create = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  return create === undefined ? unknown(request.world, action) : create(request);
}

function unknown(world: World, action: string): Call {
  const run = (): Reply =>
    action === ''
      ? refuseAction(world, '', { retCode: 160, message: 'Missing Action' })
      : refuseAction(world, action, { retCode: 161, message: `Action ${action} not found` });
  return { operation: action || 'Unknown', target: '', writes: [], read: () => null, run };
}

/** A missing or unknown action is told before the signature is looked at. */
function authenticate(world: World, incoming: Incoming): Authentication {
  const { values, duplicates } = parseUhubParameters(incoming);
  const action = readAction(incoming);
  const refused = (retCode: number, message: string): Authentication => ({
    type: 'refused',
    reply: withRequestUuid(refuseAction(world, action, { retCode, message }), incoming),
  });
  if (!Object.hasOwn(ACTIONS, action)) return { type: 'caller', caller: { projectId: null } };
  if (readText(values, 'Signature') === null) return refused(170, 'Missing signature');
  const credential = world.credentials.ucloud.find(
    ({ publicKey }) => publicKey === values['PublicKey'],
  );
  if (credential === undefined) return refused(172, 'User not found');
  if (duplicates || !verifyUcloudSignature(values, credential.privateKey)) {
    return refused(171, 'Signature VerifyAC Error');
  }
  const projectId = readText(values, 'ProjectId') ?? credential.projectId;
  const isKnown = world.credentials.ucloud.some((known) => known.projectId === projectId);
  return isKnown
    ? { type: 'caller', caller: { projectId } }
    : refused(292, `Project ${projectId} not found`);
}

function readAction(incoming: Incoming): string {
  return readText(parseUhubParameters(incoming).values, 'Action') ?? '';
}
