import { z } from 'zod';
import type { Look } from './hook.ts';

const text = z.string().optional().catch(undefined);
const list = z.array(z.string()).optional().catch(undefined);
const Named = z.object({ repository: text, repositories: list, image: text, images: list });

/** Our own form, for senders that have none: `repository`, `repositories`, `image` or `images`. */
export function readNamed(data: unknown): Look {
  const { success, data: found } = Named.safeParse(data);
  if (!success) return { type: 'nothing' };
  const single = [found.repository, found.image].flatMap((name) => name ?? []);
  const names = [...single, ...(found.repositories ?? []), ...(found.images ?? [])];
  return names.length === 0 ? { type: 'nothing' } : { type: 'names', names: [...new Set(names)] };
}
