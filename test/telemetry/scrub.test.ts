import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/telemetry/log.ts';
import { createScrubber } from '../../src/telemetry/scrub.ts';

const SECRET = 'p@ss/w+rd "ü&(x)!*\\ q?~';

const ENCODINGS = {
  raw: (text: string) => text,
  URL: encodeURIComponent,
  'URL in lower case': (text: string) =>
    encodeURIComponent(text).replaceAll(/%../g, (escape) => escape.toLowerCase()),
  'RFC 3986': (text: string) =>
    encodeURIComponent(text)
      .replaceAll('!', '%21')
      .replaceAll('(', '%28')
      .replaceAll(')', '%29')
      .replaceAll('*', '%2A'),
  form: (text: string) => new URLSearchParams({ k: text }).toString().slice(2),
  base64: (text: string) => Buffer.from(text).toString('base64'),
  'base64 without padding': (text: string) =>
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
  base64url: (text: string) => Buffer.from(text).toString('base64url'),
  hex: (text: string) => Buffer.from(text).toString('hex'),
  'HEX in upper case': (text: string) => Buffer.from(text).toString('hex').toUpperCase(),
  JSON: (text: string) => JSON.stringify(text).slice(1, -1),
  'JSON in JSON': (text: string) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
} as const;
const encodings = Object.entries(ENCODINGS).map(([name, encode]) => ({ name, encode }));

/** A log line with the text at the place asked for. */
function logLine(secret: string, place: (log: ReturnType<typeof createLog>) => void): string {
  const scrubber = createScrubber();
  scrubber.add(secret);
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  place(createLog({ level: 'trace', fields: {}, scrubber, write }));
  return lines.join('');
}

describe('scrub()', () => {
  test.each(encodings)(
    'scrub() replaces a secret encoded as $name wherever a log line has it',
    ({ encode }) => {
      const text = `x=${encode(SECRET)};`;

      const lines = [
        logLine(SECRET, (log) => log.info({}, text)),
        logLine(SECRET, (log) => log.warn({ [text]: 1 }, 'as a key')),
        logLine(SECRET, (log) => log.error({ deep: { list: [text] } }, 'nested')),
        logLine(SECRET, (log) => log.child({ bound: text }).debug({}, 'in a child')),
        logLine(SECRET, (log) => log.error({ err: new Error(text) }, 'in an error')),
      ];

      for (const line of lines) {
        expect(line).toContain('[secret];');
        for (const { encode: any } of encodings) expect(line).not.toContain(any(SECRET));
        expect(JSON.parse(line)).toHaveProperty('msg');
      }
    },
  );

  test.each(['u', 'us', 'use', 'user'])(
    'scrub() replaces the secret part of base64("%s:secret") and its base64url',
    (user) => {
      const secret = 'correct-horse-battery';
      const scrubber = createScrubber();
      scrubber.add(secret);
      const pair = Buffer.from(`${user}:${secret}`);

      const scrubbed = [pair.toString('base64'), pair.toString('base64url')].map((text) =>
        scrubber.scrub(`Basic ${text}`),
      );

      for (const text of scrubbed) {
        expect(text).toContain('[secret]');
        const rest = text.replace('Basic ', '').replace('[secret]', '');
        expect(rest.length).toBeLessThanOrEqual(Math.ceil(((user.length + 1) * 4) / 3) + 4);
      }
    },
  );

  test('scrub() leaves no remainder of a secret that contains another, in whatever order they came', () => {
    for (const secrets of [
      ['hunter2', 'hunter2-and-more'],
      ['hunter2-and-more', 'hunter2'],
    ]) {
      const scrubber = createScrubber();
      for (const secret of secrets) scrubber.add(secret);

      expect(scrubber.scrub('a hunter2-and-more b hunter2 c')).toBe('a [secret] b [secret] c');
    }
  });

  test('scrub() leaves no remainder of two secrets that overlap', () => {
    const scrubber = createScrubber();
    scrubber.add('abcdef');
    scrubber.add('defghi');

    expect(scrubber.scrub('x abcdefghi y')).toBe('x [secret] y');
  });

  test('scrub() does not eat its own placeholder when a secret reads like it', () => {
    const scrubber = createScrubber();
    scrubber.add('secret');
    scrubber.add('token-1');

    expect(scrubber.scrub('token-1 and secret')).toBe('[secret] and [secret]');
  });

  test('scrub() treats a secret as text, not as a pattern', () => {
    const scrubber = createScrubber();
    scrubber.add('$&.*');

    expect(scrubber.scrub('$&.* abcd')).toBe('[secret] abcd');
  });

  test('scrub() leaves text alone when no secret is known, or only one under 4 characters', () => {
    const scrubber = createScrubber();
    scrubber.add('');
    scrubber.add('abc');

    expect(scrubber.scrub('abc YWJj 616263')).toBe('abc YWJj 616263');
  });

  test('add() takes a secret that is no well-formed text', () => {
    const scrubber = createScrubber();

    scrubber.add('half\uD800pair');

    expect(scrubber.scrub('half\uD800pair')).toBe('[secret]');
  });

  test('scrub() lets no secret through, whatever it is and stands next to', () => {
    const word = fc.string({ minLength: 4, maxLength: 24, unit: 'binary' });
    const secretsAndGlue = [fc.array(word, { minLength: 1, maxLength: 4 }), word] as const;

    const result = fc.check(
      fc.property(...secretsAndGlue, (secrets, glue) => {
        const scrubber = createScrubber();
        for (const secret of secrets) scrubber.add(secret);
        const pieces = scrubber.scrub(secrets.join(glue)).split('[secret]');
        return pieces.every((piece) => !secrets.some((secret) => piece.includes(secret)));
      }),
    );

    expect(result).toMatchObject({ failed: false, counterexample: null });
  });
});
