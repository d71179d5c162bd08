import { describe, expect, test } from 'vitest';
import {
  huaweiSwrCapabilities,
  parseRepository,
  repositorySegments,
} from '../../../src/providers/huawei-swr/names.ts';

const at = (path: string) => ({ account: 'swr', path });

describe('parseRepository()', () => {
  test.each([
    ['shop/web', 'shop', 'web'],
    ['shop/team/web', 'shop', 'team/web'],
    ['a/0', 'a', '0'],
    ['a.b-c__d/e__f.g-h/i_j', 'a.b-c__d', 'e__f.g-h/i_j'],
    [`${'a'.repeat(64)}/${'b'.repeat(128)}`, 'a'.repeat(64), 'b'.repeat(128)],
  ])('parseRepository() splits "%s" at its first slash', (path, namespace, repository) => {
    expect(parseRepository(at(path))).toEqual({ namespace, repository });
  });

  test.each([
    ['web', /no slash/],
    ['/web', /organization breaks the rule/],
    ['1shop/web', /organization breaks the rule/],
    ['Shop/web', /organization breaks the rule/],
    ['shop-/web', /organization breaks the rule/],
    ['sh..op/web', /organization breaks the rule/],
    ['sh._op/web', /organization breaks the rule/],
    ['sh___op/web', /organization breaks the rule/],
    [`${'a'.repeat(65)}/web`, /65 characters, at most 64/],
    ['shop/', /repository breaks the rule/],
    ['shop/-web', /repository breaks the rule/],
    ['shop/web/', /repository breaks the rule/],
    ['shop/a//b', /repository breaks the rule/],
    ['shop/a/../b', /repository breaks the rule/],
    ['shop/..', /repository breaks the rule/],
    ['shop/a$b', /repository breaks the rule/],
    ['shop/a.-b', /repository breaks the rule/],
    ['shop/Web', /repository breaks the rule/],
    [`shop/${'b'.repeat(129)}`, /129 characters, at most 128/],
  ])('parseRepository() refuses "%s", naming the rule', (path, rule) => {
    expect(() => parseRepository(at(path))).toThrow(rule);
    expect(() => parseRepository(at(path))).toThrow(
      expect.objectContaining({ code: 'PROVIDER_REJECTED' }),
    );
  });
});

describe('repositorySegments()', () => {
  test('repositorySegments() writes each slash of the repository as a dollar', () => {
    const segments = repositorySegments({ namespace: 'shop', repository: 'a/b/c' }, 'tags');

    expect(segments).toEqual(['v2', 'manage', 'namespaces', 'shop', 'repos', 'a$b$c', 'tags']);
  });
});

describe('huaweiSwrCapabilities', () => {
  test.each(['v1', '_x', '1.0', 'A-b_c.d', 'a'.repeat(128)])(
    'huaweiSwrCapabilities takes tag name "%s"',
    (name) => {
      expect(huaweiSwrCapabilities.refuseName(name)).toBeNull();
    },
  );

  test.each(['', ' ', '.', '..', '-x', 'a/b', 'a b', 'ü', 'v1\n'])(
    'huaweiSwrCapabilities refuses tag name "%s"',
    (name) => {
      expect(huaweiSwrCapabilities.refuseName(name)).toMatch(/must start with/);
    },
  );

  test('huaweiSwrCapabilities names the length and the limit', () => {
    expect(huaweiSwrCapabilities.refuseName('a'.repeat(129))).toMatch(
      /129 characters, at most 128/,
    );
  });

  test('huaweiSwrCapabilities copies and deletes, and says why it does not add', () => {
    expect([...huaweiSwrCapabilities.operations]).toEqual(['copy', 'delete']);
    expect(huaweiSwrCapabilities.missing.add).toMatch(/use a copy or a channel/);
    expect(huaweiSwrCapabilities.refuseValue('anything')).toBeNull();
  });
});
