import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type CloudMetrics, createCloudMetrics } from './cloud-metrics.ts';
import { createLooks } from './on-scrape.ts';
import { createPassMetrics, type PassEvent, type PassMetrics } from './pass-metrics.ts';
import { createPolicyMetrics, type PolicyMetrics } from './policy-metrics.ts';
import { createQueueMetrics, type QueueMetrics } from './queue-metrics.ts';
import { createStateMetrics, type StateMetrics } from './state-metrics.ts';

export type { CloudEvent, RequestEvent } from './cloud-metrics.ts';
export type { QueueDepth } from './queue-metrics.ts';

/** The instance's metrics; labels come from bounded sets only, never from a tag or target. */
export interface Metrics
  extends Omit<StateMetrics, 'recordGuards'>,
    CloudMetrics,
    PassMetrics,
    PolicyMetrics,
    QueueMetrics {
  /** Where metrics of other parts are added, such as those of the hooks. */
  readonly registry: Registry;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** What `tagwarden_build_info` tells. */
export interface Build {
  readonly version: string;
  /** Commit the build was made from. */
  readonly revision: string;
}

/** Creates the registry with every known label combination at 0. */
export function createMetrics({ version, revision }: Build, accounts: readonly string[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'tagwarden_build_info',
    help: 'The running build; always 1',
    labelNames: ['version', 'revision', 'node_version'],
    registers: [registry],
  }).set({ version, revision, node_version: process.version }, 1);
  const looks = createLooks();
  const passes = createPassMetrics(registry, accounts);
  const { recordGuards, ...states } = createStateMetrics(registry, looks.add);
  return {
    registry,
    ...createCloudMetrics(registry, accounts),
    ...createPolicyMetrics(registry),
    ...createQueueMetrics(registry, looks.add),
    ...passes,
    ...states,
    setPolicies(names) {
      passes.setPolicies(names);
      states.setPolicies(names);
    },
    recordPass(event: PassEvent) {
      passes.recordPass(event);
      recordGuards(event.report);
    },
    async render() {
      await looks.take();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
