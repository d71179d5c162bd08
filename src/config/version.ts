import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Package = z.object({ version: z.string(), revision: z.string().default('unknown') });

/** The version of this build; package.json is its only place. */
export function readVersion(): string {
  return readPackage().version;
}

/** Commit this build was made from, as the build put it into package.json; `unknown` in a working copy. */
export function readRevision(): string {
  return readPackage().revision;
}

function readPackage(): z.infer<typeof Package> {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return Package.parse(JSON.parse(text));
}
