import { BlockList } from 'node:net';
import { z } from 'zod';
import { type KubeObject, Selector, selects } from './objects.ts';

const Peer = z.strictObject({
  podSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const Ports = z
  .array(
    z.strictObject({
      protocol: z.enum(['TCP', 'UDP']),
      port: z.union([z.number(), z.string()]),
    }),
  )
  .optional();

const Policy = z.object({
  spec: z.strictObject({
    podSelector: Selector.prefault({}),
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(z.strictObject({ from: z.array(Peer).optional(), ports: Ports })).default([]),
    egress: z.array(z.strictObject({ to: z.array(Peer).optional(), ports: Ports })).default([]),
  }),
});
type Policy = z.infer<typeof Policy>['spec'];

/** Somebody in the cluster, or an address outside of it. */
export type Party =
  | { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
  | { readonly address: string };

/** A connection between a pod of ours and somebody else. */
export interface Connection {
  readonly direction: 'ingress' | 'egress';
  /** Labels of the pod of ours. */
  readonly pod: Readonly<Record<string, string>>;
  readonly other: Party;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** Names of the ports of the pod that is connected to. */
  readonly portNames?: Readonly<Record<string, number>>;
}

/** Whether the policies of the namespace `home` let a connection through, as the specification of NetworkPolicy says. */
export function isAllowed(
  objects: readonly KubeObject[],
  home: string,
  connection: Connection,
): boolean {
  const type = connection.direction === 'ingress' ? 'Ingress' : 'Egress';
  const inForce = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map((one) => Policy.parse(one).spec)
    .filter((one) => one.policyTypes.includes(type) && selects(one.podSelector, connection.pod));
  return inForce.length === 0 || inForce.some((policy) => admits(policy, home, connection));
}

function admits(policy: Policy, home: string, connection: Connection): boolean {
  const rules =
    connection.direction === 'ingress'
      ? policy.ingress.map(({ from, ports }) => ({ peers: from, ports }))
      : policy.egress.map(({ to, ports }) => ({ peers: to, ports }));
  return rules.some(
    ({ peers, ports }) =>
      (peers === undefined || peers.some((peer) => isPeer(peer, home, connection.other))) &&
      (ports === undefined ||
        ports.some(
          ({ protocol, port }) =>
            protocol === connection.protocol &&
            (typeof port === 'number' ? port : connection.portNames?.[port]) === connection.port,
        )),
  );
}

function isPeer(
  { podSelector, namespaceSelector, ipBlock }: z.infer<typeof Peer>,
  home: string,
  other: Party,
): boolean {
  if ('address' in other) return ipBlock !== undefined && isIn(ipBlock, other.address);
  if (ipBlock !== undefined) return false;
  const labels = { 'kubernetes.io/metadata.name': other.namespace };
  const isNamespace =
    namespaceSelector === undefined ? other.namespace === home : selects(namespaceSelector, labels);
  return isNamespace && (podSelector === undefined || selects(podSelector, other.labels));
}

function isIn({ cidr, except }: { cidr: string; except: readonly string[] }, address: string) {
  const covers = (range: string): boolean => {
    const [net = '', prefix = '32'] = range.split('/');
    const list = new BlockList();
    list.addSubnet(net, Number(prefix), 'ipv4');
    return list.check(address, 'ipv4');
  };
  return covers(cidr) && !except.some(covers);
}
