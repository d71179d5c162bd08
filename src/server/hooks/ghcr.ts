import { z } from 'zod';
import { AnyObject, bodyId, parseBody } from './body.ts';
import { hexMac } from './credentials.ts';
import type { Delivery, Look, Receiver } from './hook.ts';

const Package = z.object({
  name: z.string(),
  namespace: z.string(),
  package_type: z.string().optional(),
  package_version: z
    .object({
      container_metadata: z
        .object({ tag: z.object({ name: z.string().nullish() }).nullish() })
        .nullish(),
    })
    .nullish(),
});
const Event = z.object({ registry_package: Package.optional(), package: Package.optional() });

const PACKAGE_EVENTS: ReadonlySet<string> = new Set(['registry_package', 'package']);

/** GitHub Packages, events `registry_package` and `package` (contract webhooks.md section 6.2). */
export const ghcr: Receiver = {
  contentTypes: ['application/json'],
  credential: hexMac('x-hub-signature-256', 'sha256='),
  read(delivery) {
    const name = delivery.header('x-github-event') ?? '';
    return {
      name,
      deliveryId: delivery.header('x-github-delivery'),
      replayId: bodyId(delivery.body),
      look: PACKAGE_EVENTS.has(name) ? readPackage(delivery) : readOther(delivery),
    };
  },
};

function readOther({ body }: Delivery): Look {
  parseBody(body, AnyObject);
  return { type: 'nothing' };
}

/** Child manifests and signatures come without a tag. */
function readPackage({ body }: Delivery): Look {
  const event = parseBody(body, Event);
  const found = event.registry_package ?? event.package;
  const tag = found?.package_version?.container_metadata?.tag?.name ?? '';
  const isContainer = found?.package_type?.toUpperCase() === 'CONTAINER';
  if (found === undefined || !isContainer || tag === '') return { type: 'nothing' };
  // Owners keep their capitals, repositories have none.
  return { type: 'names', names: [`${found.namespace}/${found.name}`.toLowerCase()] };
}
