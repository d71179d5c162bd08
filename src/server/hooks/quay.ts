import { z } from 'zod';
import { parseBody } from './body.ts';
import { urlToken } from './credentials.ts';
import type { Receiver } from './hook.ts';

const Event = z.object({
  repository: z.string(),
  updated_tags: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
});

/** Quay's repository push (contract webhooks.md section 10); it signs nothing and repeats itself word for word. */
export const quay: Receiver = {
  contentTypes: ['application/json'],
  credential: urlToken(),
  read({ body }) {
    const { repository, updated_tags: tags } = parseBody(body, Event);
    const look = tags === undefined ? ({ type: 'nothing' } as const) : names(repository);
    // A tag pushed twice gives the same bytes twice: the second event must not look like a repeat of the first.
    return { name: 'repo_push', deliveryId: null, replayId: null, look };
  },
};

function names(repository: string): { readonly type: 'names'; readonly names: readonly string[] } {
  return { type: 'names', names: [repository] };
}
