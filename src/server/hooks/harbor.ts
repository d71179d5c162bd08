import { z } from 'zod';
import { check, idOf, parseBody } from './body.ts';
import { headerToken } from './credentials.ts';
import type { Delivery, HookEvent, Look, Receiver } from './hook.ts';

const EventData = z.object({
  repository: z.object({ repo_full_name: z.string() }),
  resources: z
    .array(z.object({ digest: z.string().optional(), tag: z.string().optional() }))
    .optional(),
});
/** Both formats in one: the CloudEvents one has `specversion`. */
const Envelope = z.object({
  type: z.string(),
  specversion: z.string().optional(),
  id: z.string().optional(),
  source: z.string().optional(),
  occur_at: z.number().optional(),
  event_data: z.unknown().optional(),
  data: z.unknown().optional(),
});
type Envelope = z.infer<typeof Envelope>;

const PUSHED_OR_DELETED: ReadonlySet<string> = new Set([
  'PUSH_ARTIFACT',
  'DELETE_ARTIFACT',
  'harbor.artifact.pushed',
  'harbor.artifact.deleted',
]);

/** Harbor in its default and its CloudEvents format (contract webhooks.md section 3). */
export const harbor: Receiver = {
  contentTypes: ['application/json', 'application/cloudevents+json'],
  // Harbor sends what is configured there word for word.
  credential: headerToken('authorization'),
  read: ({ body }) => readHarbor({ body }, { type: 'nothing' }),
};

/** `otherwise`: what an event asks for that is none of Harbor's about an artifact. */
export function readHarbor({ body }: Pick<Delivery, 'body'>, otherwise: Look): HookEvent {
  const envelope = parseBody(body, Envelope);
  const isOurs = PUSHED_OR_DELETED.has(envelope.type);
  if (!isOurs) {
    return { ...identify(envelope, null), name: envelope.type, look: otherwise };
  }
  const data = envelope.specversion === undefined ? envelope.event_data : envelope.data;
  const { repository, resources = [] } = check(data, EventData);
  const [first] = resources;
  const names = [repository.repo_full_name];
  const subject = idOf(names[0] ?? '', first?.digest ?? null, first?.tag ?? null);
  return { ...identify(envelope, subject), name: envelope.type, look: { type: 'names', names } };
}

/** The default format has no id: the time is in seconds, and two tags may be pushed within one. */
function identify(
  { type, source, id, occur_at: at }: Envelope,
  subject: string | null,
): Pick<HookEvent, 'deliveryId' | 'replayId'> {
  if (id !== undefined) return { deliveryId: id, replayId: idOf(source ?? null, id) };
  const isKnown = at !== undefined && subject !== null;
  return { deliveryId: null, replayId: isKnown ? idOf(type, at, subject) : null };
}
