import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/model/secret.ts';

describe('Secret', () => {
  const secret = new Secret('hunter2');

  test('reveal() gives the text to whoever asks for it by name', () => {
    expect(secret.reveal()).toBe('hunter2');
  });

  test.each([
    ['String()', String(secret)],
    ['JSON', JSON.stringify({ secret })],
    ['inspect()', inspect({ secret }, { depth: 9, showHidden: true })],
    ['its keys', Object.keys(secret).join()],
  ])('Secret does not show its text through %s', (_way, shown) => {
    expect(shown).not.toContain('hunter2');
  });
});
