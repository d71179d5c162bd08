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

/**
 * Keys that may stand in the mapping at a path of a document, and what each is for; `value` is the document as it stands, which
 * tells which alternative is meant.
 */
export function keysAt(
  schema: z.ZodType,
  path: readonly (string | number)[],
  value: unknown = null,
): ReadonlyMap<string, string> {
  const document = documents.get(schema) ?? z.toJSONSchema(schema, OPTIONS);
  documents.set(schema, document);
  const at = path.reduce<Place>(descend, { schema: document, value });
  const properties = Object.entries(branchWith(at, 'properties')?.properties ?? {});
  return new Map(properties.map(([key, field]) => [key, describe(field)]));
}

/** What may stand somewhere, and what does. */
interface Place {
  readonly schema: JsonSchema | null;
  readonly value: unknown;
}

function descend(place: Place, step: string | number): Place {
  const value = childOf(place.value, step);
  if (typeof step === 'number') return { schema: single(branchWith(place, 'items')?.items), value };
  const { properties = {}, additionalProperties } =
    branchWith(place, 'properties') ?? place.schema ?? {};
  return { schema: single(properties[step]) ?? single(additionalProperties), value };
}

function childOf(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
}

/** The schema itself, or the alternative of a union that is meant, or else the first that has the keyword. */
function branchWith({ schema, value }: Place, keyword: 'items' | 'properties'): JsonSchema | null {
  const alternatives = (schema?.anyOf ?? schema?.oneOf ?? []).map(single);
  const meant = alternatives.filter((one) => isMeant(one, value));
  return [schema, ...meant, ...alternatives].find((one) => one?.[keyword]) ?? null;
}

/** A key with one allowed value, such as `provider`, says which alternative is meant. */
function isMeant(schema: JsonSchema | null, value: unknown): boolean {
  return Object.entries(schema?.properties ?? {}).some(([key, field]) => {
    const only = single(field)?.const;
    return only !== undefined && only === childOf(value, key);
  });
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
