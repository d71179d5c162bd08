import { z } from 'zod';

/** The restricted Pod Security Standard as far as a Deployment of ours can break it, and no service account token. */
const RestrictedContainer = z.looseObject({
  securityContext: z.looseObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    privileged: z.literal(false).optional(),
    procMount: z.literal('Default').optional(),
    runAsNonRoot: z.literal(true).optional(),
    runAsUser: z.int().min(1).optional(),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }).optional(),
  }),
  ports: z.array(z.looseObject({ hostPort: z.undefined().optional() })).default([]),
  resources: z.looseObject({
    requests: z.looseObject({ cpu: z.string(), memory: z.string() }),
    limits: z.looseObject({ memory: z.string() }),
  }),
});

/** Types of volumes that the standard allows and we use. */
const VOLUMES = new Set(['name', 'configMap', 'emptyDir', 'persistentVolumeClaim', 'secret']);

const RestrictedPod = z.looseObject({
  automountServiceAccountToken: z.literal(false),
  hostNetwork: z.literal(false).optional(),
  hostPID: z.literal(false).optional(),
  hostIPC: z.literal(false).optional(),
  securityContext: z.looseObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int().min(1),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
    sysctls: z.undefined().optional(),
  }),
  containers: z.array(RestrictedContainer).min(1),
  initContainers: z.array(RestrictedContainer).optional(),
  volumes: z
    .array(z.record(z.string(), z.unknown()))
    .default([])
    .refine(
      (volumes) => volumes.every((one) => Object.keys(one).every((key) => VOLUMES.has(key))),
      {
        error: 'a type of volume that the restricted standard forbids',
      },
    ),
});

/** What a pod breaks of the restricted standard; empty: nothing. */
export function restrictionsBroken(pod: unknown): readonly string[] {
  const { error } = RestrictedPod.safeParse(pod);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
