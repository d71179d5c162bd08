import { AnyObject, parseBody, pushId } from './body.ts';
import { hexMac } from './credentials.ts';
import type { Receiver } from './hook.ts';
import { readPush } from './push.ts';

/** GitHub `push` (contract webhooks.md sections 6.1 and 6.3). SHA-1 is never looked at. */
export const githubPush: Receiver = {
  contentTypes: ['application/json'],
  credential: hexMac('x-hub-signature-256', 'sha256='),
  read(delivery) {
    const name = delivery.header('x-github-event') ?? '';
    const isPush = name === 'push';
    if (!isPush) parseBody(delivery.body, AnyObject);
    const deliveryId = delivery.header('x-github-delivery');
    return {
      name,
      deliveryId,
      replayId: pushId(deliveryId, delivery.body),
      look: isPush ? readPush(delivery) : { type: 'nothing' },
    };
  },
};
