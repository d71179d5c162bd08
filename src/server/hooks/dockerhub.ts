import { z } from 'zod';
import { idOf, parseBody } from './body.ts';
import { urlToken } from './credentials.ts';
import type { Receiver } from './hook.ts';

const Event = z.object({
  push_data: z.object({ pushed_at: z.number().optional(), tag: z.string().optional() }),
  repository: z.object({ repo_name: z.string() }),
});

/** Docker Hub (contract webhooks.md section 5). Its `callback_url` is not read. */
export const dockerhub: Receiver = {
  contentTypes: ['application/json'],
  credential: urlToken(),
  read({ body }) {
    const { push_data: push, repository } = parseBody(body, Event);
    const { pushed_at: at = null, tag = null } = push;
    return {
      name: 'push',
      deliveryId: null,
      replayId: at === null ? null : idOf(repository.repo_name, tag, at),
      look: { type: 'names', names: [repository.repo_name] },
    };
  },
};
