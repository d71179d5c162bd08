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
  return scoreShort(entries, sign) ?? scoreByDigits(entries, sign);
}

/** Any number of this length is exact as it is. */
const SHORT = /^\d{1,15}$/;

/** Short whole numbers are their own score, so nothing has to be sorted; null: others are among them. */
function scoreShort({ tags, textOf }: Entries, sign: 1 | -1): Scored[] | null {
  const scored: Scored[] = [];
  for (const tag of tags) {
    const text = textOf(tag);
    if (text === null) continue;
    if (SHORT.test(text)) scored.push({ tag, score: sign * Number(text), version: null });
    else if (readDigits(text) !== null) return null;
  }
  return scored;
}

function scoreByDigits(entries: Entries, sign: 1 | -1): Scored[] {
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
