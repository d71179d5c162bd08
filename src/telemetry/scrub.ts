/** Replaces registered secrets in text, whatever encoding they appear in. */
export interface Scrubber {
  /** Registers a secret; texts under 4 characters are ignored, since they would blank ordinary words. */
  add(secret: string): void;
  scrub(text: string): string;
}

const SHORTEST = 4;

/** The last step before any byte leaves: knows secrets by value, not by the name of a field. */
export function createScrubber(): Scrubber {
  const forms = new Set<string>();
  let ordered: readonly string[] = [];
  return {
    add(secret) {
      if (secret.length < SHORTEST) return;
      for (const form of encodings(secret)) forms.add(form);
      // Longest first, so that a secret that contains another leaves no remainder.
      ordered = [...forms].sort((left, right) => right.length - left.length);
    },
    scrub(text) {
      let scrubbed = text;
      for (const form of ordered) scrubbed = scrubbed.replaceAll(form, () => '[secret]');
      return scrubbed;
    },
  };
}

function encodings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const base64 = bytes.toString('base64');
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ];
}
