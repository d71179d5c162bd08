import { createHttpClient, type HttpClientOptions } from '../../http/client.ts';
import { createHuaweiWire } from '../../http/huawei-wire.ts';
import type { HuaweiSwrAccount } from '../../model/account.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { PerformResult, Provider, Write } from '../provider.ts';
import type { SwrContext } from './call.ts';
import { huaweiSwrCapabilities } from './names.ts';
import { describeRepository, discoverRepositories } from './repositories.ts';
import { listTags, readTag } from './tags.ts';
import { copyTag, deleteTag } from './writes.ts';

export { huaweiSwrCapabilities } from './names.ts';

/** What the adapter may not read by itself: clock, randomness, and where requests are counted. */
export type HuaweiSwrRuntime = Pick<
  HttpClientOptions,
  'now' | 'random' | 'onRequest' | 'onEvent' | 'reserve' | 'retries'
>;

// SWR error codes, API reference: "too many requests" comes with 403, "resource busy" with 409.
const THROTTLE_CODES = ['SVCSTG.SWR.4031032', 'SVCSTG.SWR.4031042'];
const BUSY_CODES = ['SVCSTG.SWR.4090023'];

/** Image tags of Huawei SWR through its management API. */
export function createHuaweiSwrProvider(
  account: HuaweiSwrAccount,
  runtime: HuaweiSwrRuntime,
): Provider {
  const codes = { throttleCodes: THROTTLE_CODES, busyCodes: BUSY_CODES };
  const wire = createHuaweiWire({ account, ...runtime, ...codes });
  const http = createHttpClient({ ...account, ...runtime, account: account.name, wire });
  const context: SwrContext = { http, account: account.name };

  return {
    name: 'huawei-swr',
    account: account.name,
    capabilities: huaweiSwrCapabilities,
    discover: (hint, signal) => discoverRepositories(context, hint, signal),
    describe: (target, signal) => describeRepository(context, target, signal),
    list: (target, signal) => listTags(context, target, signal),
    read: (target, name, signal) => readTag(context, target, name, signal),
    perform: (target, operation, check, signal) =>
      perform(context, target, { operation, check }, signal),
    close: () => http.close(),
  };
}

async function perform(
  context: SwrContext,
  target: Target,
  { operation, check }: Write<Operation>,
  signal: AbortSignal,
): Promise<PerformResult> {
  switch (operation.type) {
    case 'copy':
      return await copyTag(context, target, { operation, check }, signal);
    case 'delete':
      return await deleteTag(context, target, { operation, check }, signal);
    case 'add':
      throw new ReconcileError(
        'PROVIDER_REJECTED',
        `Cannot add tag "${operation.tag}" of "${targetKey(target)}": ${huaweiSwrCapabilities.missing.add}`,
      );
  }
}
