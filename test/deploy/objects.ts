import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type RenderedKind, renderedPath } from '../../tools/write-deploy.ts';

const Labels = z.record(z.string(), z.string());

/** What every object of Kubernetes has, and all the rest of it. */
export const KubeObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: Labels.default({}) }),
});
export type KubeObject = z.infer<typeof KubeObject>;

/** A selector by labels alone; expressions would be refused, because nothing here evaluates them. */
export const Selector = z.strictObject({ matchLabels: Labels.default({}) });

const HttpProbe = z.looseObject({
  httpGet: z.strictObject({ path: z.string(), port: z.string() }),
});
const EnvFrom = z.strictObject({ secretRef: z.strictObject({ name: z.string() }) });

export const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  envFrom: z.array(EnvFrom).default([]),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number() })),
  livenessProbe: HttpProbe.optional(),
  readinessProbe: z.looseObject({ httpGet: HttpProbe.shape.httpGet.optional() }),
  startupProbe: HttpProbe.optional(),
  volumeMounts: z
    .array(
      z.looseObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
    )
    .default([]),
});
export type Container = z.infer<typeof Container>;

export const PodSpec = z.looseObject({
  serviceAccountName: z.string().optional(),
  terminationGracePeriodSeconds: z.number().optional(),
  containers: z.array(Container),
  volumes: z
    .array(
      z.looseObject({
        name: z.string(),
        configMap: z.looseObject({ name: z.string() }).optional(),
        persistentVolumeClaim: z.looseObject({ claimName: z.string() }).optional(),
      }),
    )
    .default([]),
});

export const Deployment = KubeObject.extend({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    replicas: z.number().optional(),
    strategy: z.looseObject({ type: z.string() }).optional(),
    selector: Selector,
    template: z.looseObject({ metadata: z.looseObject({ labels: Labels }), spec: PodSpec }),
  }),
});
export type Deployment = z.infer<typeof Deployment>;

/** The objects of a rendered file, in its order. */
export function parseObjects(text: string): readonly KubeObject[] {
  return parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter((value) => value !== null)
    .map((value) => KubeObject.parse(value));
}

/** The objects that are committed as rendered. */
export function renderedObjects(kind: RenderedKind, name: string): readonly KubeObject[] {
  return parseObjects(readFileSync(renderedPath(kind, `${name}.yaml`), 'utf8'));
}

/** The Deployments among objects. */
export function deploymentsOf(objects: readonly KubeObject[]): readonly Deployment[] {
  return objects.filter(({ kind }) => kind === 'Deployment').map((one) => Deployment.parse(one));
}

/** Those that run tagwarden, one container each. */
export function rolesOf(objects: readonly KubeObject[]): readonly Deployment[] {
  return deploymentsOf(objects).filter(
    ({ metadata }) => metadata.labels['app.kubernetes.io/name'] === 'tagwarden',
  );
}

/** The one object of a kind and name. Throws when there is none. */
export function objectOf(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** The `data` of a ConfigMap. */
export function dataOf(
  objects: readonly KubeObject[],
  name: string,
): Readonly<Record<string, string>> {
  return z.looseObject({ data: Labels }).parse(objectOf(objects, 'ConfigMap', name)).data;
}

/** Whether labels are selected. */
export function selects(
  { matchLabels }: z.infer<typeof Selector>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}
