import { standardKey } from '../../config/hooks.ts';
import { AnyObject, parseBody, pushId } from './body.ts';
import { bySecret, headerToken, standardSignature } from './credentials.ts';
import type { Delivery, Receiver } from './hook.ts';
import { readPush } from './push.ts';

const PUSHES: ReadonlySet<string> = new Set(['Push Hook', 'Tag Push Hook']);

/** GitLab push and tag push (contract webhooks.md section 7): a `whsec_` secret signs, any other is sent in clear. */
export const gitlabPush: Receiver = {
  contentTypes: ['application/json'],
  credential: bySecret(
    (secret) => standardKey(secret) !== null,
    standardSignature(),
    headerToken('x-gitlab-token'),
  ),
  read(delivery) {
    const name = delivery.header('x-gitlab-event') ?? '';
    const isPush = PUSHES.has(name);
    if (!isPush) parseBody(delivery.body, AnyObject);
    const id = idOfDelivery(delivery);
    const deliveryId = id ?? delivery.header('x-gitlab-event-uuid');
    return {
      name,
      deliveryId,
      replayId: id ?? pushId(deliveryId, delivery.body),
      look: isPush ? readPush(delivery) : { type: 'nothing' },
    };
  },
};

/** What is signed with the body where something is; retries repeat either. */
function idOfDelivery(delivery: Delivery): string | null {
  const isSigned = delivery.header('webhook-signature') !== null;
  return delivery.header(isSigned ? 'webhook-id' : 'idempotency-key');
}
