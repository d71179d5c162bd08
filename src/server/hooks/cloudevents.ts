import { z } from 'zod';
import { AnyObject, check, idOf, parseBody } from './body.ts';
import { headerToken } from './credentials.ts';
import {
  type Delivery,
  type HookEvent,
  type Look,
  MalformedDelivery,
  type Receiver,
} from './hook.ts';
import { readNamed } from './named.ts';

const Attributes = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().optional(),
});
const Structured = Attributes.extend({
  data: z.unknown().optional(),
  data_base64: z.string().optional(),
});

const STRUCTURED = 'application/cloudevents+json';
/** What a registry puts behind the name of a repository. */
const REFERENCE = /^(.+?)(?::[\w.-]+)?(?:@[a-z0-9]+:[0-9a-f]+)?$/;

/**
 * CloudEvents 1.0 over HTTP, structured and binary (contract webhooks.md section 9), with a bearer token: `data` in our
 * own form, else the repository or image that `subject` names. Batches are not solicited.
 */
export const cloudevents: Receiver = {
  contentTypes: [STRUCTURED, 'application/json'],
  credential: headerToken('authorization', 'Bearer '),
  read(delivery) {
    const type = delivery.header('content-type') ?? '';
    return type.toLowerCase().startsWith(STRUCTURED)
      ? readStructured(delivery)
      : readBinary(delivery);
  },
};

function readStructured({ body }: Delivery): HookEvent {
  const { data, data_base64: encoded, ...attributes } = parseBody(body, Structured);
  const decoded =
    encoded === undefined ? data : parseBody(Buffer.from(encoded, 'base64'), AnyObject);
  return toEvent(attributes, decoded);
}

function readBinary(delivery: Delivery): HookEvent {
  const names = ['specversion', 'id', 'source', 'type', 'subject'] as const;
  const given = names.flatMap((name) => {
    const value = delivery.header(`ce-${name}`);
    return value === null ? [] : [[name, decode(value)]];
  });
  const attributes = check(Object.fromEntries(given), Attributes);
  return toEvent(attributes, parseBody(delivery.body, AnyObject));
}

function toEvent(
  { id, source, type, subject }: z.infer<typeof Attributes>,
  data: unknown,
): HookEvent {
  const named = readNamed(data);
  const look = named.type === 'nothing' ? fromSubject(subject) : named;
  return { name: type, deliveryId: id, replayId: idOf(source, id), look };
}

function fromSubject(subject: string | undefined): Look {
  const [, name] = REFERENCE.exec(subject ?? '') ?? [];
  return name === undefined ? { type: 'nothing' } : { type: 'names', names: [name] };
}

/** Percent-encoded UTF-8, decoded once. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new MalformedDelivery('a header is not percent-encoded UTF-8');
  }
}
