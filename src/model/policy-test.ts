import type { ProviderName } from './account.ts';
import type { Finding, OperationType } from './plan.ts';
import type { Position } from './position.ts';
import type { ListedTag } from './tag.ts';
import type { Attributes, Target } from './target.ts';

/** What a test expects of one operation; fields that are null are not compared. `rule` is a path or a name. */
export interface ExpectedOperation {
  readonly type: OperationType;
  readonly tag: string;
  readonly from: string | null;
  /** Target a promotion brings content from, as `account/path`. */
  readonly source: string | null;
  readonly value: string | null;
  readonly policy: string | null;
  readonly rule: string | null;
  /** Text the reason must contain. */
  readonly because: string | null;
}

/** What a test expects of one finding. */
export interface ExpectedFinding {
  readonly severity: Finding['severity'] | null;
  /** Text the message must contain. */
  readonly message: string;
}

/** A PolicyTest document: given a listing and a frozen clock, the operations the policies must plan. */
export interface PolicyTest {
  readonly name: string;
  readonly position: Position;
  /** Position of a part by its path under `spec`, such as `listing[0]`. */
  readonly positions: Readonly<Record<string, Position>>;
  readonly target: Target;
  /** Gives the capabilities and limits of the target. */
  readonly provider: ProviderName;
  readonly now: Date;
  readonly attributes: Attributes;
  /** Names of the policies under test; null: all that select the target; empty: none may select it. */
  readonly policies: readonly string[] | null;
  readonly listing: readonly ListedTag[];
  /** Tags of other images by id, for copyFrom. */
  readonly images: Readonly<Record<string, readonly ListedTag[]>>;
  /** Tags of other repositories by `account/path`, for promotions. */
  readonly sources: Readonly<Record<string, readonly ListedTag[]>>;
  readonly expect: {
    /** Null: not compared. */
    readonly status: 'in-sync' | 'drifted' | 'refused' | null;
    /** All operations, in any order. */
    readonly operations: readonly ExpectedOperation[];
    /** Findings that must be there; null: not compared. */
    readonly findings: readonly ExpectedFinding[] | null;
  };
}
