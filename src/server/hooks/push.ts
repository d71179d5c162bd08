import { z } from 'zod';
import { parseBody } from './body.ts';
import type { Delivery, Look } from './hook.ts';

/** GitHub and Gitea put the name here, GitLab there. */
const Push = z.object({
  ref: z.string(),
  after: z.string().nullish(),
  repository: z.object({ full_name: z.string() }).nullish().catch(null),
  project: z.object({ path_with_namespace: z.string() }).nullish().catch(null),
});
const COMMIT = /^(?!0+$)[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** A push asks for the policies to be read again; what they are then is up to the remote head alone. */
export function readPush({ body }: Pick<Delivery, 'body'>): Look {
  const { after, repository, project } = parseBody(body, Push);
  const commit = COMMIT.test(after ?? '') ? (after ?? null) : null;
  const name = repository?.full_name ?? project?.path_with_namespace ?? '';
  return { type: 'policies', repository: name, commit };
}
