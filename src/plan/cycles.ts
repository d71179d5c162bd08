import { type Copy, cyclicNames } from './copy-order.ts';
import { type Draft, type Drafts, NO_DRAFTS, withMetNeeds } from './diff.ts';
import type { Current } from './listed-tags.ts';
import { findingAt } from './wish.ts';

/**
 * A cycle of copies happens whole or not at all, and only under `sync`: its temporary tag has to be deleted again.
 */
export function withSafeCycles(drafts: readonly Draft[], current: Current): Drafts {
  if (drafts.length === 0) return NO_DRAFTS;
  const cyclic = cyclicNames(copiesOf(drafts));
  if (cyclic.size === 0) return { drafts, findings: [] };
  const bound = drafts.map((draft) =>
    cyclic.has(draft.operation.tag) ? boundToSource(draft, drafts) : draft,
  );
  const unfit = bound.filter(
    ({ operation }) => cyclic.has(operation.tag) && operation.mode !== 'sync',
  );
  const findings = unfit.map(({ operation }) => {
    const reason = `it is part of a cycle of copies, which needs mode sync for its temporary tag`;
    return findingAt(operation, 'error', `Cannot copy "${operation.tag}": ${reason}`);
  });
  const rest = withMetNeeds(
    bound.filter((draft) => !unfit.includes(draft)),
    current,
  );
  return { drafts: rest.drafts, findings: [...findings, ...rest.findings] };
}

function copiesOf(drafts: readonly Draft[]): readonly Copy[] {
  const copies: Copy[] = [];
  for (const { operation } of drafts) if (operation.type === 'copy') copies.push(operation);
  return copies;
}

function boundToSource(draft: Draft, drafts: readonly Draft[]): Draft {
  const { operation, needs } = draft;
  const sources = drafts.flatMap(({ operation: other }) =>
    operation.type === 'copy' && other.type === 'copy' && other.tag === operation.from
      ? [{ tag: other.tag, value: other.value }]
      : [],
  );
  return { operation, needs: [...needs, ...sources] };
}
