import { z } from 'zod';
import { idOf, parseBody } from './body.ts';
import { headerToken } from './credentials.ts';
import type { Receiver } from './hook.ts';

const Envelope = z.object({
  events: z.array(
    z.object({
      id: z.string().optional(),
      action: z.string(),
      target: z
        .object({
          mediaType: z.string().optional(),
          repository: z.string().optional(),
          tag: z.string().optional(),
        })
        .optional(),
    }),
  ),
});
type RegistryEvent = z.infer<typeof Envelope>['events'][number];

/** Layers are pushed too, and are nothing to look at. */
const MANIFEST =
  /^application\/vnd\.(?:oci|docker\.distribution)\.(?:image\.)?(?:manifest|index)\b/;

/** Notifications of the distribution registry, v2 and v3 (contract webhooks.md section 4). */
export const distribution: Receiver = {
  contentTypes: [
    'application/vnd.docker.distribution.events.v1+json',
    'application/vnd.docker.distribution.events.v2+json',
  ],
  credential: headerToken('authorization', 'Bearer '),
  read({ body }) {
    const events = parseBody(body, Envelope).events.filter(isAboutTags);
    const names = [...new Set(events.flatMap(({ target }) => target?.repository ?? []))];
    const ids = events.flatMap(({ id = '' }) => (id === '' ? [] : [id]));
    return {
      name: events[0]?.action ?? 'other',
      deliveryId: ids[0] ?? null,
      replayId: ids.length === events.length && ids.length > 0 ? idOf(...ids.toSorted()) : null,
      look: names.length === 0 ? { type: 'nothing' } : { type: 'names', names },
    };
  },
};

function isAboutTags({ action, target }: RegistryEvent): boolean {
  if (action === 'delete') return true;
  if (action !== 'push') return false;
  return (target?.tag ?? '') !== '' && MANIFEST.test(target?.mediaType ?? '');
}
