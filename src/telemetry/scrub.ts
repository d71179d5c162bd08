/** Replaces registered secrets in text, whatever encoding they appear in. */
export interface Scrubber {
  /** Registers a secret; texts under 4 characters are ignored, since they would blank ordinary words. */
  add(secret: string): void;
  scrub(text: string): string;
}

const SHORTEST = 4;
const PLACEHOLDER = '[secret]';

/** The last step before any byte leaves: knows secrets by value, not by the name of a field. */
export function createScrubber(): Scrubber {
  const forms = new Set<string>();
  return {
    add(secret) {
      if (secret.length < SHORTEST) return;
      for (const form of encodings(secret)) if (form.length >= SHORTEST) forms.add(form);
    },
    scrub(text) {
      const spans = [...forms].flatMap((form) => findSpans(text, form));
      return spans.length === 0 ? text : blank(text, spans);
    },
  };
}

type Span = readonly [start: number, end: number];

function findSpans(text: string, form: string): readonly Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1))
    spans.push([at, at + form.length]);
  return spans;
}

/** Spans that overlap or touch become one, so that a secret within or across another leaves no remainder. */
function blank(text: string, spans: readonly Span[]): string {
  const kept: string[] = [];
  let end = -1;
  for (const [from, to] of spans.toSorted((left, right) => left[0] - right[0])) {
    if (from > end) kept.push(text.slice(Math.max(end, 0), from));
    end = Math.max(end, to);
  }
  kept.push(text.slice(end));
  return kept.join(PLACEHOLDER);
}

function encodings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const url = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  // RFC 3986, as requests are signed.
  const strict = url.replaceAll(/[!'()*]/g, percentByte);
  const json = escapeJson(secret);
  const twice = escapeJson(json);
  const hex = bytes.toString('hex');
  const base64 = [bytes.toString('base64'), ...base64Cores(bytes)];
  return [
    secret,
    // A body that is logged as text is escaped once more, and again where it quotes another.
    json,
    twice,
    escapeJson(twice),
    ...[url, form, strict].flatMap((text) => [text, lowerPercent(text)]),
    hex,
    hex.toUpperCase(),
    ...base64.flatMap((text) => [text, toBase64Url(text)]),
  ];
}

/**
 * What base64 makes of the secret inside a longer text such as `user:secret`, at each of the three alignments; the
 * characters at both ends that also carry bits of its neighbors are left out.
 */
function base64Cores(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
  });
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function percentByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function lowerPercent(text: string): string {
  return text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

function toBase64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
