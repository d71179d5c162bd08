import { createHttpClient } from '../../http/client.ts';
import type { AccountRegistry, UcloudUhubAccount } from '../../model/account.ts';
import type { Capabilities } from '../../model/capabilities.ts';
import { createApiDeleteMethods, deleteByApi, type TagApi } from '../../registry/api-deletes.ts';
import { openBesideApi } from '../../registry/beside-api.ts';
import { copyRegistryTag } from '../../registry/copy.ts';
import { readFacts } from '../../registry/facts.ts';
import type { RegistryRuntime } from '../../registry/registry.ts';
import { createRegistryContent } from '../../registry/source.ts';
import { transferToRegistry } from '../../registry/transfer.ts';
import { type Provider, unsupported } from '../provider.ts';
import type { UhubContext } from './call.ts';
import { deleteTag } from './delete-tag.ts';
import { describeImage, discoverImages } from './images.ts';
import { parseTagName, ucloudUhubCapabilities, uhubRegistryCapabilities } from './names.ts';
import { listWithDigests, readWithDigest } from './registry-tags.ts';
import { listTags, readTag } from './tags.ts';
import { createUcloudWire } from './wire.ts';

/** What the adapter may not read by itself: clock, randomness, and where requests are counted. */
export type UcloudUhubRuntime = RegistryRuntime;

/** Image tags of UCloud UHub through its API, and through its registry where the account has a login for it. */
export function createUcloudUhubProvider(
  account: UcloudUhubAccount,
  runtime: UcloudUhubRuntime,
): Provider {
  const { registry = null } = account;
  return registry === null
    ? createApiProvider(account, runtime)
    : createFullProvider(account, registry, runtime);
}

/** The API alone: listing and deleting. */
function createApiProvider(account: UcloudUhubAccount, runtime: UcloudUhubRuntime): Provider {
  const context = openApi(account, runtime);
  const read: Provider['read'] = (target, name, signal) => readTag(context, target, name, signal);
  return {
    ...partsOf(context, ucloudUhubCapabilities),
    list: (target, signal) => listTags(context, target, signal),
    read,
    async perform(target, operation, check, signal) {
      if (operation.type === 'delete') {
        return await deleteTag({ context, read }, target, { operation, check }, signal);
      }
      throw unsupported(target, operation, ucloudUhubCapabilities.missing[operation.type]);
    },
    close: () => context.http.close(),
  };
}

/** The API lists and deletes; the registry tells digests, copies, and moves content. */
function createFullProvider(
  account: UcloudUhubAccount,
  place: AccountRegistry,
  runtime: UcloudUhubRuntime,
): Provider {
  const { registry, onEvent } = openBesideApi(account, place, runtime);
  const context = openApi(account, { ...runtime, onEvent });
  const both = { context, registry };
  const read: Provider['read'] = (target, name, signal) =>
    readWithDigest(both, target, name, signal);
  const api: TagApi = {
    host: new URL(account.endpoint).host,
    unbind: (target, deleting, signal) => deleteTag({ context, read }, target, deleting, signal),
    look: (target, name, signal) => readTag(context, target, name, signal),
    // Where it tells digests, they are not documented to be those.
    tellsRegistryDigests: false,
  };
  const methods = createApiDeleteMethods(registry, api);
  return {
    ...partsOf(context, uhubRegistryCapabilities),
    list: (target, signal) => listWithDigests(both, target, signal),
    read,
    facts: (target, digests, signal) => readFacts(registry, target, digests, signal),
    content: createRegistryContent(registry),
    transfer: (target, promotion, check, signal) =>
      transferToRegistry(registry, target, promotion, check, signal),
    async perform(target, operation, check, signal) {
      switch (operation.type) {
        case 'copy':
          return await copyRegistryTag(registry, target, { operation, check }, signal);
        case 'delete': {
          parseTagName(target, operation.tag);
          const deletes = { registry, api, methods };
          return await deleteByApi(deletes, target, { operation, check }, signal);
        }
        case 'add':
        case 'promote':
          throw unsupported(target, operation, uhubRegistryCapabilities.missing[operation.type]);
      }
    },
    close: async () => {
      await Promise.all([context.http.close(), registry.close()]);
    },
  };
}

function openApi(account: UcloudUhubAccount, runtime: UcloudUhubRuntime): UhubContext {
  const wire = createUcloudWire(account);
  const http = createHttpClient({ ...account, ...runtime, account: account.name, wire });
  return { http, account: account.name };
}

/** What the API alone answers. */
function partsOf(context: UhubContext, capabilities: Capabilities) {
  return {
    name: 'ucloud-uhub',
    account: context.account,
    capabilities,
    discover: (hint, signal) => discoverImages(context, hint, signal),
    describe: (target, signal) => describeImage(context, target, signal),
  } as const satisfies Partial<Provider>;
}
