import type { OciAccount } from '../../model/account.ts';
import type { Operation } from '../../model/plan.ts';
import { type Discovered, type Target } from '../../model/target.ts';
import { copyRegistryTag } from '../../registry/copy.ts';
import { deleteRegistryTag } from '../../registry/delete.ts';
import { createDeleteMethods } from '../../registry/delete-method.ts';
import { readFacts } from '../../registry/facts.ts';
import type { DeleteMethods } from '../../registry/proved-method.ts';
import { createRegistry, type Registry, type RegistryRuntime } from '../../registry/registry.ts';
import { walkRepositories } from '../../registry/repositories.ts';
import { createRegistryContent } from '../../registry/source.ts';
import { listRegistryTags, readRegistryTag, requireRepository } from '../../registry/tags.ts';
import { transferToRegistry } from '../../registry/transfer.ts';
import {
  type DiscoveryHint,
  type PerformResult,
  type Provider,
  unsupported,
  type Write,
} from '../provider.ts';
import { attributesOf, ociCapabilities } from './names.ts';

/** Tags of any registry that speaks OCI distribution-spec v1.1. */
export function createOciProvider(account: OciAccount, runtime: RegistryRuntime): Provider {
  const registry = createRegistry(account, runtime);
  const methods = createDeleteMethods(registry);

  return {
    name: 'oci',
    account: account.name,
    capabilities: ociCapabilities,
    discover: (hint, signal) => discover(registry, hint, signal),
    async describe(target, signal) {
      await requireRepository(registry, target, signal);
      return attributesOf(target.path);
    },
    list: (target, signal) => listRegistryTags(registry, target, signal),
    read: (target, name, signal) => readRegistryTag(registry, target, name, signal),
    facts: (target, digests, signal) => readFacts(registry, target, digests, signal),
    perform: (target, operation, check, signal) =>
      perform({ registry, methods, target }, { operation, check }, signal),
    content: createRegistryContent(registry),
    transfer: (target, promotion, check, signal) =>
      transferToRegistry(registry, target, promotion, check, signal),
    close: () => registry.close(),
  };
}

/** What the catalog tells, or the paths that are named; one that is gone is still yielded, so that its pass reports it. */
async function* discover(
  registry: Registry,
  { paths }: DiscoveryHint,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  const found = (path: string): Discovered => ({
    target: { account: registry.account, path },
    attributes: attributesOf(path),
  });
  if (paths !== null) {
    yield paths.map(found);
    return;
  }
  for await (const page of walkRepositories(registry, signal)) {
    yield page.map(found);
  }
}

interface Place {
  readonly registry: Registry;
  readonly methods: DeleteMethods;
  readonly target: Target;
}

async function perform(
  { registry, methods, target }: Place,
  { operation, check }: Write<Operation>,
  signal: AbortSignal,
): Promise<PerformResult> {
  switch (operation.type) {
    case 'copy':
      return await copyRegistryTag(registry, target, { operation, check }, signal);
    case 'delete':
      return await deleteRegistryTag(registry, methods, target, { operation, check }, signal);
    case 'add':
      throw unsupported(target, operation, ociCapabilities.missing.add);
    case 'promote':
      // Content of other repositories comes through transfer(), which is handed where to read it.
      throw unsupported(
        target,
        operation,
        'it was asked for without the repository to read, one was wanted',
      );
  }
}
