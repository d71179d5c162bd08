import { createHttpClient, type HttpClientOptions } from '../../http/client.ts';
import { createHuaweiWire } from '../../http/huawei-wire.ts';
import type { HuaweiImsAccount } from '../../model/account.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { PerformResult, Provider, Write } from '../provider.ts';
import { createBatch } from './batch.ts';
import { huaweiImsCapabilities } from './capabilities.ts';
import { createDiscovery } from './discovery.ts';
import { describeImage } from './images.ts';
import { type ImsConnection, listTags, readTag } from './tags.ts';
import { addTag, deleteTag } from './writes.ts';

/** What the adapter may not read by itself: clock, randomness, and where requests are counted. */
export type HuaweiImsRuntime = Pick<
  HttpClientOptions,
  'now' | 'random' | 'onRequest' | 'onEvent' | 'reserve' | 'paces' | 'retries'
>;

// "Task flow-control limit", documented with status 400.
const THROTTLE_CODES = ['IMG.0060'];

/** Key-value tags on VM images in Huawei Cloud IMS. */
export function createHuaweiImsProvider(
  account: HuaweiImsAccount,
  runtime: HuaweiImsRuntime,
): Provider {
  const wire = createHuaweiWire({ account, ...runtime, throttleCodes: THROTTLE_CODES });
  const http = createHttpClient({ ...account, ...runtime, account: account.name, wire });
  const connection: ImsConnection = { account, http };

  return {
    name: 'huawei-ims',
    account: account.name,
    capabilities: huaweiImsCapabilities,
    discover: createDiscovery(connection, runtime.now),
    describe: (target, signal) => describeImage(connection, target, signal),
    list: (target, signal) => listTags(connection, target, signal),
    read: (target, name, signal) => readTag(connection, target, name, signal),
    perform: (target, operation, check, signal) =>
      performOne(connection, target, { operation, check }, signal),
    batch: createBatch(connection, (target, write, signal) =>
      performOne(connection, target, write, signal),
    ),
    close: () => http.close(),
  };
}

async function performOne(
  connection: ImsConnection,
  target: Target,
  { operation, check }: Write<Operation>,
  signal: AbortSignal,
): Promise<PerformResult> {
  switch (operation.type) {
    case 'add':
      return await addTag(connection, target, { operation, check }, signal);
    case 'delete':
      return await deleteTag(connection, target, { operation, check }, signal);
    case 'copy':
    case 'promote':
      throw new ReconcileError(
        'PROVIDER_REJECTED',
        `Cannot ${operation.type} tag "${operation.from}" at "${targetKey(target)}": ${huaweiImsCapabilities.missing[operation.type] ?? ''}`,
      );
  }
}
