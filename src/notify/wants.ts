import { globMatcher } from '../model/glob.ts';
import type { Notice, ReceiverConfig } from '../model/notification.ts';
import { targetKey } from '../model/target.ts';

export type Filter = Pick<ReceiverConfig, 'events' | 'accounts' | 'policies' | 'targets'>;

/** The part of a notice that is for a receiver; null: none. Of changes it gets those of its policies only. */
export function createFilter(filter: Filter): (notice: Notice) => Notice | null {
  const { events, accounts, policies, targets } = filter;
  const matches = targets === null ? () => true : globMatcher(targets);
  const isPolicy = (name: string): boolean => policies === null || policies.includes(name);
  return (notice) => {
    const { type, target } = notice;
    if (!events.includes(type) || !matches(targetKey(target))) return null;
    if (accounts !== null && !accounts.includes(target.account)) return null;
    const concerned = notice.policies.filter(isPolicy);
    if (concerned.length === 0 && policies !== null) return null;
    const changes = notice.changes.filter(({ policy }) => isPolicy(policy));
    return { ...notice, policies: concerned, changes };
  };
}
