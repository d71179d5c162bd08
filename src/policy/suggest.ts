import { distance } from 'fastest-levenshtein';

/** The candidate a misspelt word most likely stood for; null: none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | null {
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  const ranked = [...candidates]
    .map((candidate) => ({
      candidate,
      apart: distance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ apart }) => apart <= limit)
    .sort((left, right) => left.apart - right.apart);
  return ranked[0]?.candidate ?? null;
}
