import { z } from 'zod';
import { parseBody } from './body.ts';
import { hexMac } from './credentials.ts';
import type { Receiver } from './hook.ts';
import { readNamed } from './named.ts';

/** The id is in the body because nothing else is signed. */
const Event = z.looseObject({
  id: z.string().min(1).max(256),
  event: z.string().max(128).default('push'),
});

/** Scripts and pipelines: HMAC-SHA256 of the body in `X-Signature: sha256=…`, and our own form of a body. */
export const hmac: Receiver = {
  contentTypes: ['application/json'],
  credential: hexMac('x-signature', 'sha256='),
  read({ body }) {
    const event = parseBody(body, Event);
    const { id, event: name } = event;
    return { name, deliveryId: id, replayId: id, look: readNamed(event) };
  },
};
