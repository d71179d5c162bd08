import type { Policy } from '../model/policy.ts';
import { targetKey } from '../model/target.ts';
import { matcherOf } from './matchers.ts';
import type { Scene } from './scene.ts';

/** What keeps rules away from a name; position is `file:line`. */
export interface Shield {
  readonly policy: string;
  readonly rule: string;
  readonly because: string;
  readonly position: string;
}

/** What protects a name: a policy, the account, or tagwarden itself; null: nothing does. */
export function protectionOf(name: string, scene: Scene): Shield | null {
  if (!scene.isProtected(name)) return null;
  for (const policy of scene.policies) {
    const index = policy.protect.findIndex((glob) => matcherOf({}, [glob])(name));
    if (index === -1) continue;
    const because = `protected by "${policy.protect[index]}"`;
    return shield(policy, `protect[${index}]`, because);
  }
  const glob = scene.protect.find((one) => matcherOf({}, [one])(name));
  if (glob !== undefined) return outside('tagwarden.yaml', `protected by "${glob}"`);
  // Signatures, attestations and the temporary names of a pass under way.
  return outside('tagwarden', 'protected: it belongs to another tag, and no rule sees it');
}

function outside(where: string, because: string): Shield {
  return { policy: where, rule: 'protect', because, position: where };
}

/** The first exemption that takes a name out of a policy's rules now; null: none does. */
export function exemptionOf(name: string, scene: Scene): Shield | null {
  const key = targetKey(scene.target);
  const found = scene.policies.flatMap((policy) =>
    policy.exemptions.flatMap((exemption, index) => {
      const { target, tags, until, reason } = exemption;
      const holds =
        until.getTime() > scene.now.getTime() &&
        matcherOf(exemption, [target])(key) &&
        (tags.length === 0 || matcherOf(tags, tags)(name));
      if (!holds) return [];
      const because = `exempt until ${until.toISOString()} because ${reason}`;
      return [shield(policy, `exemptions[${index}]`, because)];
    }),
  );
  return found[0] ?? null;
}

function shield(policy: Policy, rule: string, because: string): Shield {
  const { file, line } = policy.positions[rule] ?? policy.position;
  return { policy: policy.name, rule, because, position: `${file}:${line}` };
}
