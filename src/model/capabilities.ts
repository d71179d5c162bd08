import type { OperationType } from './plan.ts';
import type { TagKind } from './tag.ts';

/** What a provider can do. The planner refuses the rest, so adapters need not. */
export interface Capabilities {
  readonly kind: TagKind;
  readonly operations: ReadonlySet<OperationType>;
  /** Why an operation is missing and what to do about it, for each one that is. */
  readonly missing: Readonly<Partial<Record<OperationType, string>>>;
  /** Why content cannot be read for promotions to other repositories, and what to do about it; absent: it can. */
  readonly missingContent?: string;
  /** Most tags one target may carry; null: no documented cap. */
  readonly maxTags: number | null;
  /** Checks a tag name against the provider's documented rules; null: fine, else the rule it breaks. */
  readonly refuseName: (name: string) => string | null;
  /** Checks a value likewise. Always null for registry tags. */
  readonly refuseValue: (value: string) => string | null;
}
