import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isTagName,
  parseImage,
  parseTagName,
  ucloudUhubCapabilities,
} from '../../../src/providers/ucloud-uhub/names.ts';

const at = (path: string) => ({ account: 'hub', path });

describe('parseImage()', () => {
  test.each([
    ['team/web', 'team', 'web'],
    ['team/a/b', 'team', 'a/b'],
  ])('parseImage() splits "%s" at its first slash', (path, repo, image) => {
    expect(parseImage(at(path))).toEqual({ repo, image });
  });

  test.each(['', 'team', 'team/', '/web', ' /web', 'team/ '])(
    'parseImage() refuses "%s"',
    (path) => {
      expect(() => parseImage(at(path))).toThrow(
        expect.objectContaining({ code: 'PROVIDER_REJECTED' }),
      );
    },
  );
});

describe('isTagName()', () => {
  test('isTagName() never takes a blank name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(isTagName(name) && name.trim() === '').toBe(false);
      }),
    );
  });
});

describe('parseTagName()', () => {
  test.each(['v1', '_x', '1.0'])('parseTagName() takes "%s"', (name) => {
    expect(parseTagName(at('team/web'), name)).toBe(name);
  });

  test.each([
    ['', /must start with/],
    [' ', /must start with/],
    ['v1\n', /must start with/],
    ['a'.repeat(129), /129 characters, at most 128/],
  ])('parseTagName() refuses %j, naming the rule', (name, rule) => {
    expect(() => parseTagName(at('team/web'), name)).toThrow(rule);
  });
});

describe('ucloudUhubCapabilities', () => {
  test('ucloudUhubCapabilities only deletes, and says why and what to do', () => {
    expect([...ucloudUhubCapabilities.operations]).toEqual(['delete']);
    expect(ucloudUhubCapabilities.missing.copy).toMatch(
      /no call that creates a tag.*registry login.*remove copies/,
    );
    expect(ucloudUhubCapabilities.missing.add).toMatch(/use a copy or a channel/);
    expect(ucloudUhubCapabilities.refuseName('v1')).toBeNull();
    expect(ucloudUhubCapabilities.refuseValue('x')).toBeNull();
  });
});
