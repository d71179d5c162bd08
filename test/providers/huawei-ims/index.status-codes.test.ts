import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/model/errors.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { calm, failureOf } from '../../http/support/failure.ts';
import { freely } from '../../support/write-check.ts';
import { add, type Cloud, IMAGE, remove, startCloud, TARGET } from './support/cloud.ts';

interface ApiPage {
  readonly operation: string;
  readonly call: (provider: Provider) => Promise<unknown>;
}

const PAGES: readonly ApiPage[] = [
  {
    operation: 'AddImageTag',
    call: (provider) => provider.perform(TARGET, add('owner', 'a'), freely, calm()),
  },
  { operation: 'ListImageTags', call: (provider) => provider.list(TARGET, calm()) },
  {
    operation: 'DeleteImageTag',
    call: (provider) => provider.perform(TARGET, remove('key1'), freely, calm()),
  },
];

/** The table at the end of each of the three pages, and the gateway's 429 in front of them. */
const REFUSALS: readonly (readonly [status: number, code: ErrorCode, requests: number])[] = [
  [400, 'PROVIDER_REJECTED', 1],
  [401, 'PROVIDER_AUTH', 1],
  [403, 'PROVIDER_FORBIDDEN', 1],
  [500, 'PROVIDER_UNAVAILABLE', 5],
  [503, 'PROVIDER_UNAVAILABLE', 5],
];

let cloud: Cloud;

beforeEach(async () => {
  cloud = await startCloud();
});

afterEach(() => cloud.close());

describe.each(PAGES)('createHuaweiImsProvider() on $operation', ({ operation, call }) => {
  test.each(REFUSALS)('takes status %i as %s after %i requests', async (status, code, requests) => {
    cloud.simulator.faults.add({
      kind: 'status',
      operation,
      status,
      code: 'APIGW.0201',
      times: 99,
    });

    const error = await failureOf(call(cloud.provider));

    expect(error.code).toBe(code);
    expect(error.message).toContain(operation);
    expect(error.message).toContain('"north"');
    expect(cloud.simulator.requests.count('ims', operation)).toBe(requests);
  });

  test.each(['404', '400'] as const)(
    'takes a missing image as not found (status %s)',
    async (status) => {
      cloud.simulator.world.switches.ims.missingImage = status;
      cloud.simulator.world.removeImage(IMAGE);

      const error = await failureOf(call(cloud.provider));

      expect(error.code).toBe('PROVIDER_NOT_FOUND');
    },
  );

  test.each(['wrapped', 'flat', 'gateway'] as const)(
    'reads the code from a %s body',
    async (shape) => {
      cloud.simulator.world.switches.ims.errorShape = shape;
      cloud.simulator.faults.add({ kind: 'status', operation, status: 400, code: 'IMG.0027' });

      const error = await failureOf(call(cloud.provider));

      expect(error.code).toBe('PROVIDER_NOT_FOUND');
      expect(error.message).toContain('IMG.0027');
    },
  );

  test.each([
    [400, 'IMG.0026', 'PROVIDER_FORBIDDEN'],
    [403, 'IMG.0026', 'PROVIDER_FORBIDDEN'],
    [400, 'IMG.0047', 'PROVIDER_FORBIDDEN'],
    [400, 'IMG.0030', 'PROVIDER_REJECTED'],
    [400, 'IMG.0115', 'PROVIDER_REJECTED'],
    [400, 'IMG.0144', 'PROVIDER_NOT_FOUND'],
  ])('takes %i %s as %s', async (status, code, expected) => {
    cloud.simulator.faults.add({ kind: 'status', operation, status, code });

    expect((await failureOf(call(cloud.provider))).code).toBe(expected);
  });

  test.each(['429', 'status'] as const)('comes through a throttling (%s)', async (kind) => {
    const flowControl = kind === 'status' ? { status: 400, code: 'IMG.0060' } : {};
    cloud.simulator.faults.add({ kind, operation, ...flowControl, times: 2 });

    await call(cloud.provider);

    expect(cloud.simulator.requests.count('ims', operation)).toBe(3);
  });

  test('hands a long Retry-After up instead of sleeping', async () => {
    cloud.simulator.faults.add({ kind: '429', operation, retryAfterS: 60 });

    const error = await failureOf(call(cloud.provider));

    expect(error).toMatchObject({ code: 'PROVIDER_THROTTLED', retryAfterMs: 60_000 });
    expect(cloud.simulator.requests.count('ims', operation)).toBe(1);
  });

  test('stops when it is aborted', async () => {
    cloud.simulator.faults.add({ kind: 'hang', operation, times: 99 });
    const { provider } = cloud;
    const stop = AbortSignal.timeout(50);

    const error = await failureOf(
      operation === 'ListImageTags'
        ? provider.list(TARGET, stop)
        : provider.perform(
            TARGET,
            operation === 'AddImageTag' ? add('owner', 'a') : remove('key1'),
            freely,
            stop,
          ),
    );

    expect(error.code).toBe('CANCELLED');
  });
});
