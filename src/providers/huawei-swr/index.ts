import { createHttpClient } from '../../http/client.ts';
import { createHuaweiWire } from '../../http/huawei-wire.ts';
import type { HuaweiSwrAccount } from '../../model/account.ts';
import type { Capabilities } from '../../model/capabilities.ts';
import type { Operation } from '../../model/plan.ts';
import { type Target } from '../../model/target.ts';
import { createApiDeleteMethods, deleteByApi, type TagApi } from '../../registry/api-deletes.ts';
import { openBesideApi } from '../../registry/beside-api.ts';
import { readFacts } from '../../registry/facts.ts';
import { createProvedMethods } from '../../registry/proved-method.ts';
import type { Registry, RegistryRuntime } from '../../registry/registry.ts';
import { createRegistryContent } from '../../registry/source.ts';
import { transferToRegistry } from '../../registry/transfer.ts';
import { type PerformResult, type Provider, unsupported, type Write } from '../provider.ts';
import type { SwrContext } from './call.ts';
import { type CarefulDeletes, deleteCarefully } from './careful-delete.ts';
import { huaweiSwrCapabilities, swrRegistryCapabilities } from './names.ts';
import { describeRepository, discoverRepositories } from './repositories.ts';
import { createSharing } from './sharing.ts';
import { checkTagName, listTags, readTag } from './tags.ts';
import { copyTag, deleteTag } from './writes.ts';

/** What the adapter may not read by itself: clock, randomness, and where requests are counted. */
export type HuaweiSwrRuntime = RegistryRuntime;

// SWR error codes, API reference: "too many requests" comes with 403, "resource busy" with 409.
const THROTTLE_CODES = ['SVCSTG.SWR.4031032', 'SVCSTG.SWR.4031042'];
const BUSY_CODES = ['SVCSTG.SWR.4090023'];

/** Image tags of Huawei SWR through its management API, and its registry where the account has a login for it. */
export function createHuaweiSwrProvider(
  account: HuaweiSwrAccount,
  runtime: HuaweiSwrRuntime,
): Provider {
  const place = account.registry ?? null;
  if (place === null) return createApiProvider(account, runtime);
  const { registry, onEvent } = openBesideApi(account, place, runtime);
  return createFullProvider(account, registry, { ...runtime, onEvent });
}

type Delete = Extract<Operation, { type: 'delete' }>;
type Perform<Kind extends Operation> = (
  target: Target,
  write: Write<Kind>,
  signal: AbortSignal,
) => Promise<PerformResult>;

/** The API alone. */
function createApiProvider(account: HuaweiSwrAccount, runtime: HuaweiSwrRuntime): Provider {
  const { now, random, learnedFacts = null } = runtime;
  const context = openApi(account, runtime, null);
  const { host } = new URL(account.endpoint);
  const learning = { account: account.name, host, learnedFacts, now };
  const sharing = createSharing(context, now);
  const deletes: CarefulDeletes = {
    context,
    methods: createProvedMethods(learning, () => Promise.reject(new Error('nothing to prove on'))),
    sharing,
    now,
    random,
    isProofWanted: false,
  };
  return {
    ...partsOf(context, huaweiSwrCapabilities),
    perform: performer({
      context,
      capabilities: huaweiSwrCapabilities,
      onCopy: (target) => sharing.drop(target),
      remove: (target, write, signal) => deleteCarefully(deletes, target, write, signal),
    }),
    close: () => context.http.close(),
  };
}

/** The registry tells what the API leaves out, moves content, and makes deletes safe. */
function createFullProvider(
  account: HuaweiSwrAccount,
  registry: Registry,
  runtime: HuaweiSwrRuntime,
): Provider {
  const context = openApi(account, runtime, registry);
  const api: TagApi = {
    host: new URL(account.endpoint).host,
    unbind: (target, deleting, signal) => deleteTag(context, target, deleting, signal),
    look: (target, name, signal) => readTag(context, target, name, signal),
    tellsRegistryDigests: true,
  };
  const deletes = { registry, api, methods: createApiDeleteMethods(registry, api) };
  return {
    ...partsOf(context, swrRegistryCapabilities),
    facts: (target, digests, signal) => readFacts(registry, target, digests, signal),
    content: createRegistryContent(registry),
    transfer: (target, promotion, check, signal) =>
      transferToRegistry(registry, target, promotion, check, signal),
    perform: performer({
      context,
      capabilities: swrRegistryCapabilities,
      onCopy: () => {},
      remove: (target, write, signal) => deleteByApi(deletes, target, write, signal),
    }),
    close: async () => {
      await Promise.all([context.http.close(), registry.close()]);
    },
  };
}

function openApi(
  account: HuaweiSwrAccount,
  runtime: HuaweiSwrRuntime,
  registry: Registry | null,
): SwrContext {
  const codes = { throttleCodes: THROTTLE_CODES, busyCodes: BUSY_CODES };
  const wire = createHuaweiWire({ account, ...runtime, ...codes });
  const http = createHttpClient({ ...account, ...runtime, account: account.name, wire });
  return { http, account: account.name, registry };
}

/** What is asked of the API in either case. */
function partsOf(context: SwrContext, capabilities: Capabilities) {
  return {
    name: 'huawei-swr',
    account: context.account,
    capabilities,
    discover: (hint, signal) => discoverRepositories(context, hint, signal),
    describe: (target, signal) => describeRepository(context, target, signal),
    list: (target, signal) => listTags(context, target, signal),
    read: (target, name, signal) => readTag(context, target, name, signal),
  } as const satisfies Partial<Provider>;
}

interface Performing {
  readonly context: SwrContext;
  readonly capabilities: Capabilities;
  readonly onCopy: (target: Target) => void;
  readonly remove: Perform<Delete>;
}

function performer({ context, capabilities, onCopy, remove }: Performing): Provider['perform'] {
  return async (target, operation, check, signal) => {
    switch (operation.type) {
      case 'copy':
        onCopy(target);
        return await copyTag(context, target, { operation, check }, signal);
      case 'delete':
        checkTagName(target, operation.tag);
        return await remove(target, { operation, check }, signal);
      case 'add':
      case 'promote':
        throw unsupported(target, operation, capabilities.missing[operation.type]);
    }
  };
}
