/** The `rel="next"` target of a Link header as it stands there; null: there is none. */
export function nextLink(header: string | undefined): string | null {
  for (const [, target = '', params = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^",;]*\s)?next(?=[\s",;]|$)/i.test(params)) return target;
  }
  return null;
}

/**
 * Path and query of a reference the registry gave, to be sent to the registry itself; null: it points to another host.
 * The scheme may differ: behind a proxy that ends TLS, registries write links with their inner one.
 */
export function targetWithin(reference: string, base: string): string | null {
  if (!URL.canParse(reference, base)) return null;
  const url = new URL(reference, base);
  if (url.hostname !== new URL(base).hostname) return null;
  return `${url.pathname}${url.search}`;
}
