import { headerToken } from './credentials.ts';
import { readHarbor } from './harbor.ts';
import type { Receiver } from './hook.ts';

/**
 * SWR Enterprise (contract webhooks.md section 11). Its payload is not documented: what is not in one of Harbor's forms
 * makes us look at every target of the accounts.
 */
export const swrEnterprise: Receiver = {
  contentTypes: ['application/json', 'application/cloudevents+json'],
  credential: headerToken('authorization'),
  read: ({ body }) => readHarbor({ body }, { type: 'everything' }),
};
