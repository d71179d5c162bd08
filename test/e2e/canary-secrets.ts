/** Six secrets with all that makes encodings differ; none of them is one. */
export const CANARIES = {
  HW_AK: 'CANARY-ak/1+Q?x=&~é',
  HW_SK: 'canary"sk\\2 %41/{b}:@ü',
  UC_PUB: "canary.pub'3*(x)!+/==#",
  UC_PRI: 'CanaryPrivate4<tag>&amp;\t|',
  REDIS_PASSWORD: 'canary5pass/w+rd=%~:x',
  ADMIN_TOKEN: 'canary6-token-_.~+/0123456789abcdef',
} as const;

/** R20's eight encodings of one secret. */
export function encodingsOf(secret: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(secret);
  return {
    raw: secret,
    url: encodeURIComponent(secret),
    form: new URLSearchParams([['', secret]]).toString().slice(1),
    base64: bytes.toString('base64'),
    base64url: bytes.toString('base64url'),
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
    json: JSON.stringify(secret).slice(1, -1),
  };
}

/** Every canary in every encoding, and as a part of `user:pass`, whose base64 shifts with the user's length. */
export function needles(): readonly { readonly what: string; readonly text: string }[] {
  return Object.entries(CANARIES).flatMap(([name, secret]) => [
    ...Object.entries(encodingsOf(secret)).map(([how, text]) => ({ what: `${name} ${how}`, text })),
    ...['', 'u', 'us'].map((user) => ({
      what: `${name} basic after ${user.length}`,
      text: coreOf(`${user}:`, secret),
    })),
  ]);
}

/** The characters of the base64 of `before + secret + after` that depend on the secret alone. */
function coreOf(before: string, secret: string): string {
  const text = Buffer.from(`${before}${secret}tail`).toString('base64');
  const start = Math.ceil((Buffer.byteLength(before) * 8) / 6);
  const end = Math.floor((Buffer.byteLength(`${before}${secret}`) * 8) / 6);
  return text.slice(start, end);
}

/** Text in which all canaries stand in every way, as a cloud might send back what it got. */
export function echo(): string {
  return needles()
    .map(({ text }) => text)
    .join(' | ');
}

/** What of it a text gives away. */
export function leaks(text: string): readonly string[] {
  return needles()
    .filter((needle) => text.includes(needle.text))
    .map(({ what }) => what);
}
