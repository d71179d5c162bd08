import { expect, test } from 'vitest';
import { accountOf, type PauseScope } from '../../src/model/pause.ts';

test.each<[PauseScope, string | null]>([
  [{ type: 'targets', glob: 'swr-north/shop/*' }, 'swr-north'],
  [{ type: 'targets', glob: 'swr-*/shop' }, null],
  [{ type: 'targets', glob: '{swr,oci}/shop' }, null],
  [{ type: 'targets', glob: '**' }, null],
  [{ type: 'policy', policy: 'a/b' }, null],
])('accountOf() of %j is %s', (scope, account) => {
  expect(accountOf(scope)).toBe(account);
});
