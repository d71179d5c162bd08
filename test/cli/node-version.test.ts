import { expect, test } from 'vitest';
import { refuseNode } from '../../src/cli/node-version.ts';

test('refuseNode() lets 24 and later pass', () => {
  expect(refuseNode('24.0.0')).toBeNull();
  expect(refuseNode('26.1.0')).toBeNull();
  expect(refuseNode(process.versions.node)).toBeNull();
});

test('refuseNode() names the version, the one wanted and the way on', () => {
  expect(refuseNode('20.20.2')).toBe(
    'Cannot run tagwarden: this is Node 20.20.2, Node 24 or later was wanted; in a checkout "npm run -s tagwarden --" brings it along',
  );
  expect(refuseNode('9.0.0')).toContain('Node 9.0.0');
});
