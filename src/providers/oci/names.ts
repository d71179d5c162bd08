import type { Capabilities } from '../../model/capabilities.ts';
import type { Attributes } from '../../model/target.ts';
import { refuseTagName } from '../../registry/call.ts';

/** Copies and deletes inside a repository, and promotions to it from any other. */
export const ociCapabilities: Capabilities = {
  kind: 'image',
  operations: new Set(['copy', 'delete', 'promote']),
  missing: {
    add: 'a registry tag is bound to content, not to text: use a copy or a channel',
  },
  maxTags: null,
  refuseName: refuseTagName,
  refuseValue: () => null,
};

/** Facts a path tells by itself: `namespace` is its first part where there are several, `name` the rest. */
export function attributesOf(path: string): Attributes {
  const slash = path.indexOf('/');
  if (slash < 0) return { name: path };
  return { namespace: path.slice(0, slash), name: path.slice(slash + 1) };
}
