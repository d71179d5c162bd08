import { z } from 'zod';
import { parseBody } from './body.ts';
import { standardSignature } from './credentials.ts';
import type { Receiver } from './hook.ts';
import { readNamed } from './named.ts';

const Event = z.object({ type: z.string().default(''), data: z.unknown().optional() });

/** Any sender that follows the Standard Webhooks specification; its `data` is in our own form. */
export const standardWebhooks: Receiver = {
  contentTypes: ['application/json'],
  credential: standardSignature(),
  read(delivery) {
    const { type, data } = parseBody(delivery.body, Event);
    const id = delivery.header('webhook-id');
    return { name: type, deliveryId: id, replayId: id, look: readNamed(data) };
  },
};
