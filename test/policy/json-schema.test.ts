import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { about } from '../../src/policy/about.ts';
import { keysAt, policyJsonSchema } from '../../src/policy/json-schema.ts';
import { DOCUMENT_SCHEMAS, PolicyDocument } from '../../src/policy/schema.ts';
import { ResourceTagPolicyDocument } from '../../src/policy/schema-resource.ts';

interface Field {
  readonly path: string;
  readonly field: unknown;
}

/** All properties of a schema, however deep. */
function fieldsOf(schema: unknown, path: string): readonly Field[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (EXAMPLES.has(key)) return [];
    const own =
      key === 'properties'
        ? Object.entries<unknown>(value).map(([name, field]) => ({
            path: `${path}.${name}`,
            field,
          }))
        : [];
    return [...own, ...fieldsOf(value, `${path}/${key}`)];
  });
}

/** Keywords whose values are data, not schemas. */
const EXAMPLES: ReadonlySet<string> = new Set(['examples', 'default', 'const', 'enum']);
const FIELDS = fieldsOf(policyJsonSchema(), '');

const Documented = z.looseObject({
  description: z.string().min(1),
  examples: z.array(z.unknown()).min(1),
});

describe('policyJsonSchema()', () => {
  test('policyJsonSchema() has a description and an example on every field', () => {
    const bare = FIELDS.filter(({ field }) => !Documented.safeParse(field).success);

    expect(FIELDS.length).toBeGreaterThan(100);
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  test('policyJsonSchema() gives no example that the field itself refuses', () => {
    const refused = FIELDS.flatMap(({ path, field }) => {
      const { examples, ...schema } = Documented.parse(field);
      const accepts = z.fromJSONSchema(schema);
      return examples.filter((example) => !accepts.safeParse(example).success).map(() => path);
    });

    expect(refused).toEqual([]);
  });

  test('policyJsonSchema() gives no example of a whole document part that the parser refuses', () => {
    const examples = Object.entries(DOCUMENT_SCHEMAS).flatMap(([kind, schema]) => {
      const found = schema.shape.spec.meta()?.['examples'];
      return z
        .array(z.unknown())
        .min(1)
        .parse(found)
        .map((spec) => ({ apiVersion: 'tagwarden/v1', kind, metadata: { name: 'a' }, spec }));
    });

    for (const example of examples) {
      expect(PolicyDocument.safeParse(example)).toMatchObject({ success: true });
    }
  });

  test('policyJsonSchema() lets no unknown key through', () => {
    const text = JSON.stringify(policyJsonSchema());
    const objects = text.split('"properties":').length - 1;

    expect(text.split('"additionalProperties":false').length - 1).toBe(objects);
  });
});

describe('keysAt()', () => {
  const Shape = z.object({
    shapes: z.array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('circle'), size: z.number().describe('its radius') }),
        z.object({ kind: z.literal('square'), size: z.number().describe('its side') }),
      ]),
    ),
  });

  test.each([
    [{ shapes: [{ kind: 'square' }] }, 'its side'],
    [{ shapes: [{ kind: 'circle' }] }, 'its radius'],
    [{ shapes: [{ kind: 'triangle' }] }, 'its radius'],
    [{ shapes: [null] }, 'its radius'],
    [undefined, 'its radius'],
  ])('keysAt() goes by the alternative that is meant in %j: %s', (value, words) => {
    expect(keysAt(Shape, ['shapes', 0], value).get('size')).toBe(words);
  });

  test('keysAt() is silent on what nobody described', () => {
    expect([...keysAt(z.object({ a: z.string() }), [])]).toEqual([['a', '']]);
  });

  test.each([
    [about('What', 'x'), 'What; for example x'],
    [about('What', ['x'], 'y'), 'What; for example ["x"]'],
    [about('What', 'x'.repeat(41)), 'What'],
  ])('keysAt() says of a field about %j: %s', (meta, words) => {
    expect([...keysAt(z.object({ a: z.unknown().meta(meta) }), [])]).toEqual([['a', words]]);
  });

  test.each([
    [[], ['apiVersion', 'metadata', 'kind', 'spec']],
    [
      ['spec', 'tags', 'rename', 3],
      ['from', 'to'],
    ],
    [
      ['spec', 'tags', 'require', 'owner'],
      ['oneOf', 'pattern'],
    ],
    [
      ['spec', 'tags', 'remove', 0],
      ['key', 'value'],
    ],
    [['spec', 'nowhere', 0, 'x'], []],
    [['spec', 'mode'], []],
  ])('keysAt() of a resource policy at %j are %j', (path, keys) => {
    expect([...keysAt(ResourceTagPolicyDocument, path).keys()]).toEqual(keys);
  });
});
