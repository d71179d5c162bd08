import { byText } from '../wish.ts';
import { type Entries, noVersion, type Scored, scoreWith } from './scored.ts';

/** By code units, the same on every machine; `highest` is the last in order. */
export function scoreByAlphabet(entries: Entries, order: 'highest' | 'lowest'): Scored[] {
  const sign = order === 'highest' ? 1 : -1;
  return scoreWith(entries, {
    read: (text) => text,
    compare: (left, right) => sign * byText(left, right),
    version: noVersion,
  });
}
