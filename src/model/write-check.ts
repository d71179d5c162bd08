/** Throws when a write must not be made any more. It must not wait: whatever it finds holds for this moment only. */
export interface WriteCheck {
  (): void;
  /** Asked instead by requests that end what an earlier one has begun: a pause must not leave half of a change. Absent: the check itself. */
  readonly ending?: () => void;
}
