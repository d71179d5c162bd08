import { expect, onTestFinished, test } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { freely } from '../support/write-check.ts';
import { type Bench, startBench } from './bench.ts';
import { CLOUDS, type Cloud } from './clouds.ts';

const TOGETHER = 20;
const calm = (): AbortSignal => new AbortController().signal;

interface SignIn {
  readonly cloud: Cloud;
  /** The call that gives a token; null: each request is signed, nothing ends. */
  readonly token: string | null;
  /** Makes every token that was given worthless. */
  readonly end: (simulator: Simulator, operation: string) => void;
}

const refused: Pick<FaultRule, 'kind' | 'status'> = { kind: 'status', status: 401 };

/** SWR and IMS by IAM token, the registry by bearer tokens; UHub has signatures only. */
const ROWS: readonly SignIn[] = CLOUDS.filter(({ name }) => name !== 'ucloud-uhub').map((cloud) =>
  cloud.name === 'oci'
    ? { cloud, token: 'GetToken', end: ({ world }) => world.registryTokens.revoke() }
    : {
        cloud,
        token: 'CreateToken',
        end: ({ faults }, operation) => void faults.add({ ...refused, operation }),
      },
);

const CASES = ROWS.map((row) => ({ ...row, name: row.cloud.name }));

test.each(CASES)(
  'a token of $name is asked for once by $length calls at a time, and renewed once when it ended',
  async ({ cloud, token, end }) => {
    const { simulator, provider } = await signedIn(cloud);
    const lists = async () =>
      await Promise.all(
        Array.from({ length: TOGETHER }, async () => await provider.list(cloud.target, calm())),
      );
    const tokens = () =>
      simulator.requests.list.filter(({ operation }) => operation === token).length;

    await lists();
    const first = tokens();
    end(simulator, cloud.calls.list);
    const listings = await lists();

    expect(first).toBe(1);
    expect(tokens()).toBe(2);
    expect(new Set(listings.map(({ tags }) => tags.length))).toEqual(new Set([3]));
  },
);

test.each(CASES)(
  'a write of $name whose token ended is made once, after the renewal',
  async ({ cloud, end }) => {
    const { simulator, provider } = await signedIn(cloud);
    const [write] = cloud.writes;
    if (write === undefined) throw new Error('no write');
    await provider.list(cloud.target, calm());
    end(simulator, write.call);

    await provider.perform(cloud.target, write.operation, freely, calm());

    expect(simulator.journal.executed()).toHaveLength(1);
    expect(Object.keys(cloud.held(simulator)).toSorted()).toEqual(write.leaves);
  },
);

test.each(
  CLOUDS.filter(({ name }) => name !== 'oci').map((cloud) => ({ cloud, name: cloud.name })),
)(
  'a signature of $name that is refused is not sent again: it would lock the key',
  async ({ cloud }) => {
    const bench = await startBench(cloud);
    onTestFinished(() => bench.close());
    const { credentials } = bench.simulator.world;
    for (const known of [credentials.huawei, credentials.ucloud]) known.splice(0);

    const listing = bench.provider.list(cloud.target, calm());

    await expect(listing).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(bench.simulator.requests.total).toBe(1);
  },
);

async function signedIn(cloud: Cloud): Promise<Bench> {
  const bench = await startBench(cloud, { signIn: 'token', switches: { oci: { auth: 'bearer' } } });
  onTestFinished(() => bench.close());
  return bench;
}
