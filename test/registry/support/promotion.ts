import type { Promote } from '../../../src/model/plan.ts';
import type { RegistryContent } from '../../../src/model/promotion.ts';
import type { Target } from '../../../src/model/target.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { createRegistryContent } from '../../../src/registry/source.ts';
import { transferToRegistry } from '../../../src/registry/transfer.ts';
import { freely } from '../../support/write-check.ts';

export const RELEASE = { account: 'mirror', path: 'release/web' } as const;

/** A promotion the plan would hold: of `shop/web:v1`. */
export function aPromote(changes: Partial<Promote> = {}): Promote {
  return {
    policy: 'shop',
    rule: 'promote[0]',
    mode: 'sync',
    because: 'asked for',
    type: 'promote',
    tag: 'stable',
    source: { account: 'mirror', path: 'shop/web' },
    from: 'v1',
    value: '',
    replaces: null,
    referrers: false,
    ...changes,
  };
}

/** Both ends of a promotion; the same registry twice is a promotion inside it. */
export interface Ends {
  readonly from: Registry;
  readonly to: Registry;
  readonly target?: Target;
  readonly content?: Partial<RegistryContent>;
  readonly check?: () => void;
  readonly signal?: AbortSignal;
}

/** Runs a promotion to `release/web`. */
export async function promote(ends: Ends, changes: Partial<Promote>) {
  const { from, to, target = RELEASE, check = freely } = ends;
  const { signal = new AbortController().signal } = ends;
  const content = { ...createRegistryContent(from), ...ends.content };
  return await transferToRegistry(
    to,
    target,
    { operation: aPromote(changes), content },
    check,
    signal,
  );
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

interface Node {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly urls?: readonly string[] }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/** Everything below a reference, read as another client would: `type digest` of manifests, `blob digest` of blobs, or `missing …`. */
export async function inventory(url: string, path: string, reference: string): Promise<string[]> {
  const response = await fetch(`${url}/v2/${path}/manifests/${reference}`, {
    headers: { accept: ACCEPT },
  });
  if (!response.ok) return [`missing ${reference}`];
  const digest = response.headers.get('docker-content-digest') ?? '';
  const node = (await response.json()) as Node;
  const found = [`${response.headers.get('content-type')} ${digest}`];
  for (const child of node.manifests ?? [])
    found.push(...(await inventory(url, path, child.digest)));
  const blobs = [...(node.config ? [node.config] : []), ...(node.layers ?? [])];
  for (const blob of blobs) {
    const head = await fetch(`${url}/v2/${path}/blobs/${blob.digest}`, { method: 'HEAD' });
    found.push(`${head.ok ? 'blob' : 'missing'} ${blob.digest}`);
  }
  return found;
}
