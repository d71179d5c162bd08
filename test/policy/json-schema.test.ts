import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { keysAt, policyJsonSchema } from '../../src/policy/json-schema.ts';
import { ResourceTagPolicyDocument } from '../../src/policy/schema-resource.ts';

/** Paths of all properties of a schema that say nothing about themselves. */
function undescribed(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const own =
      key === 'properties'
        ? Object.entries<unknown>(value).flatMap(([name, field]) =>
            JSON.stringify(field).includes('"description"') && hasDescription(field)
              ? []
              : [`${path}.${name}`],
          )
        : [];
    return [...own, ...undescribed(value, `${path}/${key}`)];
  });
}

function hasDescription(field: unknown): boolean {
  return typeof field === 'object' && field !== null && 'description' in field;
}

describe('policyJsonSchema()', () => {
  test('policyJsonSchema() describes every field', () => {
    expect(undescribed(policyJsonSchema(), '')).toEqual([]);
  });

  test('policyJsonSchema() lets no unknown key through', () => {
    const text = JSON.stringify(policyJsonSchema());
    const objects = text.split('"properties":').length - 1;

    expect(text.split('"additionalProperties":false').length - 1).toBe(objects);
  });
});

describe('keysAt()', () => {
  test('keysAt() is silent on what nobody described', () => {
    expect([...keysAt(z.object({ a: z.string() }), [])]).toEqual([['a', '']]);
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
