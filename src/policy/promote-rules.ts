import type { z } from 'zod';
import type { Selection } from '../model/policy.ts';
import { refuseChoice } from './image-rules.ts';
import { isSamePath } from './promotion.ts';
import { fail, failAt } from './schema-text.ts';

interface Promote {
  readonly to: readonly { readonly account?: string | undefined; readonly repository: string }[];
  readonly tag?: string | undefined;
  readonly filter?: { readonly pattern: string; readonly extract?: string | undefined } | undefined;
  readonly select: Selection;
  readonly count?: number | 'all' | undefined;
}

/** Fails a promotion whose parts do not fit together. */
export function refusePromote(rule: Promote, context: z.RefinementCtx): void {
  const { to, tag, count } = rule;
  refuseChoice({ names: tag === undefined ? [] : [tag], ...rule }, context);
  if (tag !== undefined && count !== undefined) {
    const expected = 'either tag, for the best candidate of each name, or count';
    fail(context, `"${tag}" is one name, and count asks for several`, {
      ...CONTRADICTION,
      expected,
    });
  }
  for (const [index, { account, repository }] of to.entries()) {
    if (account !== undefined || !isSamePath(repository)) continue;
    const expected = 'another account, or another path such as release/{{ repository }}';
    const message = 'a repository is promoted to itself';
    failAt(['to', index], context, { ...CONTRADICTION, message, expected });
  }
}

const CONTRADICTION = { code: 'contradiction' } as const;
