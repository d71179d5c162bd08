import { expect, test } from 'vitest';
import { sourceOf } from '../../../src/server/hooks/source.ts';

test.each([
  { ip: '203.0.113.7', source: '203.0.113.7' },
  { ip: '::ffff:203.0.113.7', source: '203.0.113.7' },
  { ip: '2001:db8:1:2:3:4:5:6', source: '2001:db8:1:2' },
  { ip: '2001:db8:1:2::9', source: '2001:db8:1:2' },
  { ip: '2001:db8::1', source: '2001:db8:0:0' },
  { ip: '::1', source: '0:0:0:0' },
  { ip: 'fe80::1%eth0', source: 'fe80:0:0:0' },
  { ip: '203.0.113.7:4711', source: '203.0.113.7' },
  { ip: '[2001:db8:1:2::9]:4711', source: '2001:db8:1:2' },
  { ip: 'x'.repeat(30_000), source: 'unknown' },
  { ip: '', source: 'unknown' },
])('sourceOf() takes $ip for $source', ({ ip, source }) => {
  expect(sourceOf(ip)).toBe(source);
});
