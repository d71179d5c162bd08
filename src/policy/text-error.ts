import { ReconcileError } from '../model/errors.ts';

interface Fault {
  /** What kind of text: `duration`, `pattern`, `template`. */
  readonly kind: string;
  readonly text: string;
  /** Characters before the fault. */
  readonly offset: number;
  readonly problem: string;
  readonly expected: string;
  readonly suggestion?: string | null;
}

/** A small text inside a policy (duration, pattern, template) that does not parse, and where it breaks. */
export class TextError extends ReconcileError {
  readonly offset: number;
  readonly problem: string;
  readonly expected: string;
  readonly suggestion: string | null;

  constructor({ kind, text, offset, problem, expected, suggestion = null }: Fault) {
    const wanted = `expected ${expected}`;
    super('POLICY_INVALID', `Cannot parse ${kind} "${text}": ${problem}, ${wanted}`);
    this.offset = offset;
    this.problem = problem;
    this.expected = expected;
    this.suggestion = suggestion;
  }
}
