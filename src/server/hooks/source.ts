import { isIP } from 'node:net';

/** An address with its port, as some proxies put it into X-Forwarded-For. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9a-f:.]+)\]):\d+$/i;
const NONE = 'unknown';

/**
 * What counts as one sender: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address of it has them
 * all. What a proxy let through that is no address at all is one sender, too.
 */
export function sourceOf(ip: string): string {
  const address = addressOf(ip);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1] ?? address;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  const all = tail === undefined ? groups : [...groups, ...zeros, ...rest];
  return all.slice(0, 4).join(':');
}

/** The address alone; `unknown`: it is none, so its text is anything and of any length. */
export function addressOf(ip: string): string {
  const [, v4, v6] = WITH_PORT.exec(ip) ?? [];
  const address = v4 ?? v6 ?? ip;
  return isIP(address) === 0 ? NONE : address;
}
