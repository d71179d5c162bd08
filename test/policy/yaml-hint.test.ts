import { describe, expect, test } from 'vitest';
import { quotingHint } from '../../src/policy/yaml-hint.ts';

describe('quotingHint()', () => {
  test.each([
    ['owner: "{{ image.name ?? "x" }}"', 'single quotes'],
    ['owner: {{ image.name }}', 'quotes around a template'],
    ['  pattern: *', 'begins with "*"'],
    ['repositories: [*]', 'begins with "*"'],
  ])('quotingHint() of %s speaks of %s', (line, hint) => {
    expect(quotingHint(line)).toContain(hint);
  });

  test.each(['a: "*"', "a: '{{ x }}'", '\tmode: sync', 'a: b*'])(
    'quotingHint() has none for %j',
    (line) => {
      expect(quotingHint(line)).toBeNull();
    },
  );
});
