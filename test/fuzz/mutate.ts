import * as fc from 'fast-check';

/** One change to a text; positions are shares of its length, so that an edit also fits what shrinking leaves. */
type Edit =
  | { readonly type: 'insert'; readonly at: number; readonly token: string }
  | { readonly type: 'delete'; readonly at: number; readonly share: number }
  | { readonly type: 'repeat'; readonly at: number; readonly share: number; readonly times: number }
  | { readonly type: 'splice'; readonly at: number; readonly from: number }
  | { readonly type: 'flip'; readonly at: number; readonly bit: number };

const MAX_BYTES = 65_536;
const MAX_EDITS = 8;

/** What has broken parsers before. */
const TOKENS =
  '" \' ` \\ { } [ ] ( ) < > / ../ %00 % & * ? | + - -- # : , = ! !! @ $ ${ {{ }} ~ null true NaN Infinity -0 1e999 ' +
  '9007199254740993 0x1f 00 .5 __proto__ constructor toString hasOwnProperty length (?=a) (a+)+$ [[:alpha:]] \\p{L} ' +
  '(?<n> {1000} {0,99999} ** **/ {a,b} sha256: 2026-02-30T25:61:61Z >=1.0.0||<0 v1.2.3-rc.1+b 15m -1d é \u{1f4a9} ' +
  '\ufeff \u2028 \ud800 \u0300 \0';
/** Those with a space in them, or made of it. */
const SPACED = [
  '',
  ' ',
  '\n',
  '\r\n',
  '\t',
  ': ',
  '- ',
  '<<: *a',
  '&a [*a]',
  '---\n',
  '0 3 31 2 *',
];
const KNOWN_TOKENS = [...TOKENS.split(' '), ...SPACED];

const share = fc.double({ min: 0, max: 1, noNaN: true });

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    type: fc.constant('insert' as const),
    at: share,
    token: fc.constantFrom(...KNOWN_TOKENS),
  }),
  fc.record({
    type: fc.constant('insert' as const),
    at: share,
    token: fc.string({ maxLength: 20 }),
  }),
  fc.record({ type: fc.constant('delete' as const), at: share, share }),
  fc.record({
    type: fc.constant('repeat' as const),
    at: share,
    share,
    times: fc.constantFrom(2, 3, 10, 100, 5_000),
  }),
  fc.record({ type: fc.constant('splice' as const), at: share, from: share }),
  fc.record({ type: fc.constant('flip' as const), at: share, bit: fc.nat(7) }),
);

/** Inputs near those of the corpus: each is one of them after up to eight edits, at most 64 KiB. */
export function mutated(corpus: readonly string[]): fc.Arbitrary<string> {
  const seed = fc.constantFrom(...corpus);
  const edits = fc.array(edit, { maxLength: MAX_EDITS });
  return fc.tuple(seed, seed, edits).map(([text, other, changes]) => {
    let bytes: Buffer = Buffer.from(text);
    for (const change of changes) bytes = apply(bytes, change, other);
    return bytes.subarray(0, MAX_BYTES).toString('utf8');
  });
}

function apply(bytes: Buffer, change: Edit, other: string): Buffer {
  const at = Math.floor(change.at * bytes.length);
  switch (change.type) {
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(change.token), bytes.subarray(at)]);
    case 'delete':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(endOf(bytes, at, change.share))]);
    case 'repeat': {
      const end = endOf(bytes, at, change.share);
      const piece = bytes.subarray(at, end);
      const times = Math.min(change.times, Math.ceil(MAX_BYTES / Math.max(1, piece.length)));
      return Buffer.concat([
        bytes.subarray(0, at),
        ...Array<Buffer>(times).fill(piece),
        bytes.subarray(end),
      ]);
    }
    case 'splice': {
      const donor = Buffer.from(other);
      return Buffer.concat([
        bytes.subarray(0, at),
        donor.subarray(Math.floor(change.from * donor.length)),
      ]);
    }
    case 'flip': {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << change.bit);
      return flipped;
    }
  }
}

/** Small pieces are likelier than large ones: most mistakes are local. */
function endOf(bytes: Buffer, at: number, part: number): number {
  return at + Math.ceil((bytes.length - at) * part ** 4);
}
