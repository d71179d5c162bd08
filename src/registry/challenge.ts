/** What a registry asks for with a 401. */
export type Challenge =
  | { readonly type: 'basic' }
  | {
      readonly type: 'bearer';
      readonly realm: string;
      readonly service: string | null;
      /** Why the token that was sent does not do, such as `insufficient_scope`; null: not said. */
      readonly error: string | null;
    };

const MAX_LENGTH = 8 * 1024;
// One token, then either its "=value" (a parameter) or nothing of the kind (a scheme).
const PART = /([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/gy;
const BETWEEN = /[\s,]*/y;

/** Reads WWW-Authenticate; of several schemes Bearer wins. Null: nothing in it that can be met. */
export function parseChallenge(header: string | undefined): Challenge | null {
  const offers = readOffers((header ?? '').slice(0, MAX_LENGTH));
  const bearer = offers.find(({ scheme, params }) => scheme === 'bearer' && params.has('realm'));
  if (bearer !== undefined) {
    const { params } = bearer;
    return {
      type: 'bearer',
      realm: params.get('realm') ?? '',
      service: params.get('service') ?? null,
      error: params.get('error') ?? null,
    };
  }
  return offers.some(({ scheme }) => scheme === 'basic') ? { type: 'basic' } : null;
}

interface Offer {
  readonly scheme: string;
  readonly params: Map<string, string>;
}

function readOffers(header: string): readonly Offer[] {
  const offers: Offer[] = [];
  let at = 0;
  for (;;) {
    BETWEEN.lastIndex = at;
    at += BETWEEN.exec(header)?.[0].length ?? 0;
    PART.lastIndex = at;
    const [whole = '', name = '', quoted, plain] = PART.exec(header) ?? [];
    // What cannot be read ends it: guessing on could take a part of a value for a realm.
    if (whole === '') return offers;
    at += whole.length;
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) offers.push({ scheme: name.toLowerCase(), params: new Map() });
    else offers.at(-1)?.params.set(name.toLowerCase(), value);
  }
}
