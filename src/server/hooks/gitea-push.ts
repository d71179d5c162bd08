import { AnyObject, parseBody, pushId } from './body.ts';
import { hexMac } from './credentials.ts';
import type { Receiver } from './hook.ts';
import { readPush } from './push.ts';

/** Gitea `push` (contract webhooks.md section 8): bare hex, and the body must be JSON, not a form. */
export const giteaPush: Receiver = {
  contentTypes: ['application/json'],
  credential: hexMac('x-gitea-signature'),
  read(delivery) {
    const name = delivery.header('x-gitea-event') ?? '';
    const isPush = name === 'push';
    if (!isPush) parseBody(delivery.body, AnyObject);
    const deliveryId = delivery.header('x-gitea-delivery');
    return {
      name,
      deliveryId,
      replayId: pushId(deliveryId, delivery.body),
      look: isPush ? readPush(delivery) : { type: 'nothing' },
    };
  },
};
