import type { CloudFigures } from './cloud.ts';

/** Calls by operation that a sweep is to make; an operation that is not named must not be called. */
export type ExpectedCalls = Readonly<
  Record<string, number | readonly [least: number, most: number]>
>;

/**
 * Throws when the clouds were asked other things than expected, so that no bench takes one kind of sweep for another: a pass
 * over a target gives itself away by the call that lists its tags.
 */
export function expectCalls(
  what: string,
  { byOperation }: Pick<CloudFigures, 'byOperation'>,
  expected: ExpectedCalls,
): void {
  const operations = new Set([...Object.keys(byOperation), ...Object.keys(expected)]);
  const wrong = [...operations].flatMap((operation) => {
    const count = byOperation[operation] ?? 0;
    const wanted = expected[operation] ?? 0;
    const [least, most] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
    if (least <= count && count <= most) return [];
    const range = least === most ? `${least}` : `${least} to ${most}`;
    return [`${count} calls of ${operation}, ${range} expected`];
  });
  if (wrong.length > 0) throw new Error(`${what}: ${wrong.join('; ')}`);
}
