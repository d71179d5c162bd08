import { z } from 'zod';
import { readAhead } from '../http/read-ahead.ts';
import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import { isSuccess, refuse } from './call.ts';
import { walkNames } from './paging.ts';
import type { Registry } from './registry.ts';

const CatalogPage = z.object({ repositories: z.array(z.string().min(1)).nullable() });

/** Hosted registries refuse the catalog with any of these: it is no part of the OCI spec. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 501]);

/** The repositories the registry tells of, page by page, one page ahead of the reader. Throws PROVIDER_FORBIDDEN with the remedy when it tells of none. */
export function walkRepositories(
  registry: Registry,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const source = { operation: 'ListRepositories', subject: registry.account };
  const walk = {
    ...source,
    subject: `repositories of account "${registry.account}"`,
    path: '_catalog',
    scopes: ['registry:catalog:*'],
    namesOf: (response: ApiResponse): readonly string[] => {
      if (REFUSALS.has(response.status)) throw refuseCatalog(registry, response);
      if (!isSuccess(response)) throw refuse(registry, source, response);
      return parsePage(registry, response);
    },
  };
  return readAhead((pageSignal) => walkNames(registry, walk, pageSignal), signal);
}

function refuseCatalog({ account }: Registry, { status }: ApiResponse): ReconcileError {
  return new ReconcileError(
    'PROVIDER_FORBIDDEN',
    `Cannot list repositories of account "${account}": its registry answered _catalog with status ${status}, a list was wanted; name the repositories in the policy (targets: [${account}/shop/web]) instead of a pattern`,
  );
}

function parsePage({ account }: Registry, { text }: ApiResponse): readonly string[] {
  const page = CatalogPage.safeParse(parseJson(text));
  if (page.success) return page.data.repositories ?? [];
  throw new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot list repositories of account "${account}": the answer has another form, {"repositories":[…]} was wanted`,
    { cause: page.error },
  );
}
