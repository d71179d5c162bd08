import { z } from 'zod';
import { PolicyDocument } from './schema.ts';

// Draft 7 is what editors' YAML support understands best.
const OPTIONS: z.core.ToJSONSchemaParams = {
  io: 'input',
  target: 'draft-7',
  override: ({ zodSchema, jsonSchema }) => {
    // zod leaves the examples of transformed fields out, as they might show results; ours show what is written.
    const { examples } = z.globalRegistry.get(zodSchema) ?? {};
    if (Array.isArray(examples)) jsonSchema.examples = examples;
  },
};

/** JSON Schema of one policy document, for editors and other tools. */
export function policyJsonSchema(): object {
  const schema = z.toJSONSchema(PolicyDocument, OPTIONS);
  return { ...schema, title: 'tagwarden policy' };
}

// A file may hold thousands of mistakes, and each one asks.
const documents = new WeakMap<z.ZodType, JsonSchema>();

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Keys that may stand in the mapping at a path of a document, and what each is for. */
export function keysAt(
  schema: z.ZodType,
  path: readonly (string | number)[],
): ReadonlyMap<string, string> {
  const document = documents.get(schema) ?? z.toJSONSchema(schema, OPTIONS);
  documents.set(schema, document);
  const at = path.reduce<JsonSchema | null>(descend, document);
  const properties = Object.entries(branchWith(at, 'properties')?.properties ?? {});
  return new Map(properties.map(([key, field]) => [key, describe(field)]));
}

function descend(schema: JsonSchema | null, step: string | number): JsonSchema | null {
  if (typeof step === 'number') return single(branchWith(schema, 'items')?.items);
  const { properties = {}, additionalProperties } =
    branchWith(schema, 'properties') ?? schema ?? {};
  return single(properties[step]) ?? single(additionalProperties);
}

/** The schema itself, or the alternative of a union that has the keyword. */
function branchWith(schema: JsonSchema | null, keyword: 'items' | 'properties'): JsonSchema | null {
  const alternatives = schema?.anyOf ?? schema?.oneOf ?? [];
  return [schema, ...alternatives].map(single).find((one) => one?.[keyword]) ?? null;
}

type Keyword = z.core.JSONSchema._JSONSchema | JsonSchema['items'] | null;

/** A schema that says something: not `true`, not a list of schemas, not absent. */
function single(schema: Keyword): JsonSchema | null {
  const isOne = typeof schema === 'object' && schema !== null && !Array.isArray(schema);
  return isOne ? schema : null;
}

const MOST_SHOWN = 40;

/** The description and, when it is short, the first example as YAML. */
function describe(field: Keyword): string {
  const { description = '', examples = [] } = { ...single(field) };
  const [example] = examples;
  const shown = typeof example === 'string' ? example : JSON.stringify(example);
  const fits = shown !== undefined && shown.length <= MOST_SHOWN;
  return fits ? `${description}; for example ${shown}` : description;
}
