const UNRESERVED_EXTRAS = /[!'()*]/g;

/** What needs no encoding, as most of what is sent. */
const PLAIN = /^[\w.~-]*$/;

/** RFC 3986 percent-encoding of one path segment, query name or value: UTF-8, upper-case hex. */
export function encodeStrict(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(text).replace(
    UNRESERVED_EXTRAS,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Path as it goes on the wire. A dollar stays literal: SWR's stand-in for a slash. */
export function encodePath(segments: readonly string[]): string {
  let path = segments.length === 0 ? '/' : '';
  for (const segment of segments) path += `/${encodeStrict(segment).replaceAll('%24', '$')}`;
  return path;
}

/** Query as it goes on the wire, in the order given and without the question mark. */
export function encodeQuery(query: readonly (readonly [name: string, value: string])[]): string {
  return query.map(([name, value]) => `${encodeStrict(name)}=${encodeStrict(value)}`).join('&');
}
