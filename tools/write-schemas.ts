import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { policyJsonSchema } from '../src/policy/json-schema.ts';
import { openApiDocument } from '../src/server/api/openapi.ts';

/** What is published in schemas/, by file name; the one list to extend. */
export const SCHEMAS = {
  'config.schema.json': configJsonSchema,
  'policy.schema.json': policyJsonSchema,
  'openapi.json': openApiDocument,
} as const satisfies Readonly<Record<string, () => object>>;

/** The exact text of a published schema. */
export function renderSchema(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Where a published schema lives. */
export function schemaPath(name: string): string {
  return fileURLToPath(new URL(`../schemas/${name}`, import.meta.url));
}

if (import.meta.main) {
  for (const [name, schemaOf] of Object.entries(SCHEMAS)) {
    writeFileSync(schemaPath(name), renderSchema(schemaOf()));
  }
}
