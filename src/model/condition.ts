/** What can be said of a target or policy at a glance, in the words of Kubernetes. */
export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Drifted',
  'Guarded',
  'Paused',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** One statement about a target, a policy or the source of the policies. */
export interface Condition {
  /** `Ready` alone is good news; the others say why it is not. */
  readonly type: ConditionType | 'SourceReady';
  readonly status: 'True' | 'False' | 'Unknown';
  /** One word in CamelCase for machines. */
  readonly reason: string;
  readonly message: string;
  /** Since when it says so; null: not known. */
  readonly lastTransition: Date | null;
  /** Revision of the policies it was made under. */
  readonly observedRevision: string;
}
