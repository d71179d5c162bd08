import type { Credential } from './login.ts';

/** The header of HTTP Basic. */
export function authorizationOf({ username, password }: Credential): Record<string, string> {
  const text = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  return { Authorization: `Basic ${text}` };
}
