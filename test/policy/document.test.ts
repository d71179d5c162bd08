import { describe, expect, test } from 'vitest';
import { imageYaml, issuesOf, placesOf, resourceYaml } from './policies.ts';

describe('parseDocument()', () => {
  test.each([
    [resourceYaml('protect: x'), '8:12 wrong-type'],
    [resourceYaml('limits: { maxDeletes: 1.5 }'), '8:25 wrong-type'],
    [resourceYaml('limits: { maxDeletes: -1 }'), '8:25 wrong-value'],
    [resourceYaml('targets: []'), '7:12 wrong-value'],
    [resourceYaml('tags: { ensure: { owner: null } }'), '7:28 wrong-type'],
    [resourceYaml('suspend: { a: b }'), '8:12 wrong-type'],
    [resourceYaml('exclusive: []'), '8:14 wrong-type'],
    [resourceYaml('tags: { require: { owner }, ensure: { a: b } }'), '7:22 wrong-type'],
    [resourceYaml('tags: { ensure: }'), '7:19 wrong-type'],
    [resourceYaml('tags: { ensure: { " ": x } }'), '7:21 bad-key'],
    [resourceYaml('tags: { ensure: { o: [x] } }'), '7:24 wrong-type'],
    [resourceYaml('tags: { rename: [{ from: a, to: a }] }'), '7:20 contradiction'],
    [resourceYaml('tags: { normalize: [{ key: a }] }'), '7:23 no-rule'],
    [resourceYaml('tags: { remove: [1] }'), '7:20 wrong-type'],
    [resourceYaml('tags: { remove: ["{a"] }'), '7:21 bad-glob'],
    [resourceYaml('tags: { remove: [{ kye: a, value: b }] }'), '7:22 unknown-key'],
    [resourceYaml('protect: [" "]'), '8:13 wrong-value'],
    [imageYaml('copies: [{ from: a, to: a }]'), '7:12 contradiction'],
    [imageYaml('copies: [{ from: a, to: c }, { from: b, to: c }]'), '7:32 contradiction'],
    [imageYaml('channels: [{ tag: a, select: {} }]'), '7:24 no-rule'],
    [
      imageYaml('channels: [{ tag: a, select: { numerical: highest, prerelease: true } }]'),
      '7:24 contradiction',
    ],
    [
      imageYaml(
        'channels: [{ tag: a, select: { numerical: highest }, filter: { pattern: a, extract: b } }]',
      ),
      '7:14 unknown-group',
    ],
    [
      imageYaml('retain: [{ name: a, action: keep, pattern: b, groupBy: "(?<x>b)" }]'),
      '7:12 contradiction',
    ],
    [
      imageYaml('retain: [{ name: a, action: keep, newest: 1, groupBy: "(b)" }]'),
      '7:12 unknown-group',
    ],
    [
      imageYaml(
        'retain: [{ name: a, action: keep, pattern: b }, { name: a, action: keep, pattern: c }]',
      ),
      '7:51 duplicate-name',
    ],
    [imageYaml('copies: []'), '4:1 no-rule'],
  ])('parseDocument() refuses %s', (text, place) => {
    expect(placesOf(text)).toContain(place);
  });

  test('parseDocument() shows the start of a long value only', () => {
    const [issue] = issuesOf(resourceYaml(`mode: ${'x'.repeat(500)}`));

    expect(issue?.message).toBe(`spec.mode is "${'x'.repeat(59)}…`);
  });

  test('parseDocument() points into a folded text at its start', () => {
    expect(placesOf(resourceYaml('tags: { ensure: { os: "\\x7b{ image" } }'))).toEqual([
      '7:21 bad-template',
    ]);
  });
});
