import { type Entry, noVersion, type Scored, scoreWith } from './scored.ts';

interface Digits {
  readonly whole: bigint;
  /** Without trailing zeros, so that text order is number order. */
  readonly fraction: string;
}

/** By number, exact at any length; text that is no plain number is not comparable. */
export function scoreByNumber(entries: readonly Entry[], order: 'highest' | 'lowest'): Scored[] {
  const sign = order === 'highest' ? 1 : -1;
  return scoreWith(entries, {
    read: ({ text }) => readDigits(text),
    compare: (left, right) => sign * compareDigits(left, right),
    version: noVersion,
  });
}

function readDigits(text: string): Digits | null {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return whole === undefined
    ? null
    : { whole: BigInt(whole), fraction: fraction.replace(/0+$/, '') };
}

function compareDigits(left: Digits, right: Digits): number {
  if (left.whole !== right.whole) return left.whole < right.whole ? -1 : 1;
  if (left.fraction === right.fraction) return 0;
  return left.fraction < right.fraction ? -1 : 1;
}
