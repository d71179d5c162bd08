import { z } from 'zod';

/** A digest, alone or at the end of an image reference as container runtimes print it. */
const DIGEST = /^(?:\S*@)?(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

const List = z.array(z.string());

/** Digests of a list: one a line with `#` comments, or a JSON array. Throws an Error naming the first entry that is none. */
export function parseDigests(text: string): ReadonlySet<string> {
  const plain = text.replace(/^\uFEFF/, '').trim();
  const entries = plain.startsWith('[') ? parseArray(plain) : parseLines(plain);
  const digests = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (entry === '') continue;
    const [, digest] = DIGEST.exec(entry) ?? [];
    if (digest === undefined) {
      throw new Error(`entry ${index + 1} is no digest such as sha256:…, so none is believed`);
    }
    digests.add(digest);
  }
  return digests;
}

function parseLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => line.replace(/#.*$/, '').trim());
}

function parseArray(text: string): readonly string[] {
  try {
    return List.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error('it is no JSON array of texts', { cause });
  }
}
