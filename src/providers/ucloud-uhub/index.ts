import { createHttpClient, type HttpClientOptions } from '../../http/client.ts';
import type { UcloudUhubAccount } from '../../model/account.ts';
import { ReconcileError } from '../../model/errors.ts';
import { targetKey } from '../../model/target.ts';
import type { Provider } from '../provider.ts';
import type { UhubContext } from './call.ts';
import { deleteTag } from './delete-tag.ts';
import { describeImage, discoverImages } from './images.ts';
import { ucloudUhubCapabilities } from './names.ts';
import { listTags, readTag } from './tags.ts';
import { createUcloudWire } from './wire.ts';

export { ucloudUhubCapabilities } from './names.ts';

/** What the adapter may not read by itself: clock, randomness, and where requests are counted. */
export type UcloudUhubRuntime = Pick<
  HttpClientOptions,
  'now' | 'random' | 'onRequest' | 'onEvent' | 'reserve' | 'retries'
>;

/** Image tags of UCloud UHub through its API: listing and deleting. */
export function createUcloudUhubProvider(
  account: UcloudUhubAccount,
  runtime: UcloudUhubRuntime,
): Provider {
  const wire = createUcloudWire(account);
  const http = createHttpClient({ ...account, ...runtime, account: account.name, wire });
  const context: UhubContext = { http, account: account.name };

  return {
    name: 'ucloud-uhub',
    account: account.name,
    capabilities: ucloudUhubCapabilities,
    discover: (hint, signal) => discoverImages(context, hint, signal),
    describe: (target, signal) => describeImage(context, target, signal),
    list: (target, signal) => listTags(context, target, signal),
    read: (target, name, signal) => readTag(context, target, name, signal),
    async perform(target, operation, check, signal) {
      if (operation.type === 'delete') {
        return await deleteTag(context, target, { operation, check }, signal);
      }
      throw new ReconcileError(
        'PROVIDER_REJECTED',
        `Cannot ${operation.type} tag "${operation.tag}" of "${targetKey(target)}": ${ucloudUhubCapabilities.missing[operation.type]}`,
      );
    },
    close: () => http.close(),
  };
}
