import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readVersion } from '../../src/config/version.ts';

test('readVersion() tells what package.json says', () => {
  expect(readFileSync('package.json', 'utf8')).toContain(`"version": "${readVersion()}"`);
  expect(readVersion()).toMatch(/^\d+\.\d+\.\d+/);
});
