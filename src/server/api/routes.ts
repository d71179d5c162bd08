import { OPERATE_ROUTES } from './operate-routes.ts';
import { POLICY_ROUTES } from './policy-routes.ts';
import type { Route } from './route.ts';
import { RUN_ROUTES } from './run-routes.ts';
import { TARGET_ROUTES } from './target-routes.ts';

/** All operations of the API; the one list to extend. */
export const ROUTES: readonly Route[] = [
  ...OPERATE_ROUTES,
  ...TARGET_ROUTES,
  ...RUN_ROUTES,
  ...POLICY_ROUTES,
];
