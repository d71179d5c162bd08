import { byText } from '../wish.ts';
import { type Entries, noVersion, type Scored, scoreWith } from './scored.ts';

interface Digits {
  /** Without leading zeros, so that the longer one is the larger. */
  readonly whole: string;
  /** Without trailing zeros, so that text order is number order. */
  readonly fraction: string;
}

/** By number, exact at any length; text that is no plain number is not comparable. */
export function scoreByNumber(entries: Entries, order: 'highest' | 'lowest'): Scored[] {
  const sign = order === 'highest' ? 1 : -1;
  return scoreWith(entries, {
    read: readDigits,
    compare: (left, right) => sign * compareDigits(left, right),
    version: noVersion,
  });
}

function readDigits(text: string): Digits | null {
  const [, whole, fraction = ''] = /^0*(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return whole === undefined ? null : { whole, fraction: fraction.replace(/0+$/, '') };
}

function compareDigits(left: Digits, right: Digits): number {
  return (
    left.whole.length - right.whole.length ||
    byText(left.whole, right.whole) ||
    byText(left.fraction, right.fraction)
  );
}
