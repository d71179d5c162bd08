import { ReconcileError } from '../model/errors.ts';
import type { Promote } from '../model/plan.ts';
import { type Target, targetKey } from '../model/target.ts';
import { type Provider, withPerform } from './provider.ts';

/**
 * A provider that also reads targets of other accounts, and performs promotions from them. What it writes is still its own
 * account's alone. Targets of its own account are its own business.
 */
export function withSources(provider: Provider, accounts: ReadonlyMap<string, Provider>): Provider {
  const ownerOf = (target: Target): Provider => {
    if (target.account === provider.account) return provider;
    const owner = accounts.get(target.account);
    if (owner !== undefined) return owner;
    const message = `Cannot read "${targetKey(target)}": account "${target.account}" is not configured, wanted one of ${[...accounts.keys()].join(', ')}`;
    throw new ReconcileError('CONFIG_INVALID', message);
  };
  const perform: Provider['perform'] = async (target, operation, check, signal) => {
    if (operation.type !== 'promote') {
      return await provider.perform(target, operation, check, signal);
    }
    const { content, capabilities } = ownerOf(operation.source);
    if (content === undefined) throw refusal(target, operation, capabilities.missingContent);
    const { transfer } = provider;
    if (transfer === undefined) {
      throw refusal(target, operation, provider.capabilities.missing.promote);
    }
    return await transfer(target, { operation, content }, check, signal);
  };
  const listElsewhere: Provider['list'] = async (target, signal) =>
    await ownerOf(target).list(target, signal);
  return {
    // No batch takes promotions, so that of the provider goes around nothing.
    ...withPerform(provider, perform, provider.batch),
    list: (target, signal) =>
      target.account === provider.account
        ? provider.list(target, signal)
        : listElsewhere(target, signal),
    read: async (target, name, signal) => await ownerOf(target).read(target, name, signal),
    facts: async (target, digests, signal) =>
      (await ownerOf(target).facts?.(target, digests, signal)) ?? null,
  };
}

function refusal(
  target: Target,
  { tag, from, source }: Promote,
  reason = 'its provider has no such call',
): ReconcileError {
  const deed = `Cannot promote "${from}" of "${targetKey(source)}" to "${tag}" of "${targetKey(target)}"`;
  return new ReconcileError('PROVIDER_REJECTED', `${deed}: ${reason}`);
}
