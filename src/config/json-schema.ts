import { z } from 'zod';
import { keysAt } from '../policy/json-schema.ts';
import type { Path } from '../policy/located.ts';
import { ConfigDocument } from './schema.ts';

/** JSON Schema of `tagwarden.yaml`, as editors read it. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(ConfigDocument, { io: 'input', target: 'draft-7' });
  return { ...schema, title: 'tagwarden configuration' };
}

/** Keys that may stand in the mapping at a path of this configuration, and what each is for. */
export function configKeys(path: Path, value: unknown): ReadonlyMap<string, string> {
  return keysAt(ConfigDocument, path, value);
}
