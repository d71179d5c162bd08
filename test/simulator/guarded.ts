import { expect } from 'vitest';
import type { RegistrySwitches } from '../../src/simulator/oci-switches.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { ACCEPT_ALL, type RegistryReply, toCaller } from './registry.ts';
import { CREDENTIALS } from './wire.ts';

type RegistryName = 'oci' | 'swrRegistry' | 'uhubRegistry';

interface Ask {
  readonly registry?: RegistryName;
  readonly authorization?: string;
  readonly method?: string;
}

/** The value of an `Authorization` header. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export function challengeOf({ headers }: RegistryReply): string {
  return headers.get('www-authenticate') ?? '';
}

/** Three registries that know a few logins. */
export async function startGuarded(now: () => number) {
  const tags = { v1: 'one' };
  const simulator: Simulator = await startSimulator({
    now,
    seed: {
      credentials: {
        ...CREDENTIALS,
        uhubRegistry: [{ username: 'me@example.com', password: 'pw', projectId: 'org-abc123' }],
        oci: [
          { username: 'robot', password: 'pw:with:colons' },
          { username: 'reader', password: 'pw', actions: ['pull'], repositories: ['team/'] },
        ],
      },
      repositories: [{ name: 'team/app', tags }],
      uhub: [
        { repo: 'team', image: 'app', tags },
        { repo: 'public', image: 'x', private: false, projectId: 'org-other', tags },
        { repo: 'secret', image: 'x', projectId: 'org-other', tags },
      ],
      oci: [
        { name: 'team/app', tags },
        { name: 'other/app', tags },
      ],
    },
  });

  const ask = async (
    path: string,
    { registry = 'oci', authorization, method = 'GET' }: Ask = {},
  ): Promise<RegistryReply> => {
    const headers = { ...ACCEPT_ALL, ...(authorization === undefined ? {} : { authorization }) };
    return await toCaller(simulator.endpoints[registry])(method, path, { headers });
  };
  const turn = (switches: Partial<RegistrySwitches>, registry: RegistryName = 'oci') =>
    Object.assign(simulator.world.switches[registry], switches);

  /** Fetches a token as the challenge says, for this scope. */
  const tokenFor = async (
    scope: string,
    { registry = 'oci', login }: { registry?: RegistryName; login?: string } = {},
  ): Promise<string> => {
    const challenge = challengeOf(await ask('/v2/', { registry }));
    const [, realm = '', service = ''] = /realm="([^"]+)",service="([^"]+)"/.exec(challenge) ?? [];
    const reply = await toCaller(realm)('GET', `${realm}?service=${service}&scope=${scope}`, {
      headers: login === undefined ? {} : { authorization: login },
    });
    expect(reply.status).toBe(200);
    return `Bearer ${Object(reply.json)['token'] ?? Object(reply.json)['access_token']}`;
  };
  return { simulator, ask, turn, tokenFor };
}

export type Guarded = Awaited<ReturnType<typeof startGuarded>>;
