import { globSync, readFileSync } from 'node:fs';
import { ExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { KubeObject } from './objects.ts';

/** Every kind that may be deployed. The constructors want what only their own check can prove. */
const MODELS = [
  ConfigMap,
  Deployment,
  ExternalSecret,
  Namespace,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  PodMonitor,
  PrometheusRule,
  ScaledObject,
  Secret,
  Service,
  ServiceAccount,
];

/** Keys below these are whatever an author likes. */
const FREE = new Set(['annotations', 'data', 'labels', 'limits', 'matchLabels', 'requests']);

/** What is wrong with an object by the schemas of its kind; empty: nothing. */
export function schemaProblems(object: KubeObject, known: ReadonlySet<string>): readonly string[] {
  const name = `${object.kind} ${object.metadata.name}`;
  const model = MODELS.find(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  if (model === undefined) return [`${name}: unknown kind of ${object.apiVersion}`];
  const unknown = strangeKeys(object, known).map((key) => `${name}: unknown key ${key}`);
  try {
    const made: unknown = Reflect.construct(model, [object]);
    if (made instanceof model) made.validate();
    return unknown;
  } catch (error) {
    return [...unknown, `${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function strangeKeys(value: unknown, known: ReadonlySet<string>): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => strangeKeys(one, known));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    // Only names of labels have a slash, as in the selector of a Service.
    if (!known.has(key) && !key.includes('/')) return [key];
    // The settings of a trigger, and nothing else, are called metadata without a name in them.
    const isFree = FREE.has(key) || (key === 'metadata' && 'type' in value);
    return isFree ? [] : strangeKeys(child, known);
  });
}

/** The compiled schemas let unknown keys pass; this is every key that any of them knows. */
export function knownKeys(): ReadonlySet<string> {
  const files = globSync([
    'node_modules/kubernetes-models/{v1,apps/v1,networking.k8s.io/v1,policy/v1}/*.d.ts',
    // ScaledObject has a part of the HorizontalPodAutoscaler.
    'node_modules/kubernetes-models/autoscaling/v2/*.d.ts',
    'node_modules/@kubernetes-models/apimachinery/apis/meta/v1/*.d.ts',
    'node_modules/@kubernetes-models/keda/keda.sh/v1alpha1/*.d.ts',
    'node_modules/@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/*.d.ts',
    'node_modules/@kubernetes-models/external-secrets/external-secrets.io/v1/*.d.ts',
  ]);
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^\s*"([\w$]+)"\??:/gm)].map(([, key = '']) => key),
    ),
  );
}
