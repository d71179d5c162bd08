import { ReconcileError } from '../../src/model/errors.ts';

/** What a parser throws for an input it does not take. */
export function refusal(message: string): ReconcileError {
  return new ReconcileError('POLICY_INVALID', message);
}

/** What comes before the first separator, and the rest. */
export function split(text: string, separator = '\n'): readonly [string, string] {
  const end = text.indexOf(separator);
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + separator.length)];
}
