import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- begin of the last figures; `npm run bench -- --write` replaces them -->';
const END = '<!-- end of the last figures -->';

/** Replaces what stands between the two marks in the file; throws when it has none. */
export function writeFigures(file: string, figures: string): void {
  writeFileSync(file, withFigures(readFileSync(file, 'utf8'), figures));
}

/** The text with other figures between its marks. */
export function withFigures(text: string, figures: string): string {
  const [before, rest] = split(text, BEGIN);
  const [, after] = split(rest, END);
  return `${before}${BEGIN}\n\n${figures}\n\n${END}${after}`;
}

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`Cannot write the figures: "${mark}" is missing`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
