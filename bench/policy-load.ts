/** Loading: 1,000 policy files parsed and checked, against what `yaml` alone needs for the same texts. */
import { parseAllDocuments } from 'yaml';
import type { Capabilities } from '../src/model/capabilities.ts';
import { checkPolicies } from '../src/policy/check.ts';
import type { PolicyFile } from '../src/policy/issue.ts';
import { parsePolicies } from '../src/policy/parse.ts';
import { median } from './support/figures.ts';
import { report } from './support/rows.ts';

const FILES = 1_000;
const ROUNDS = 5;
const MOST_RATIO = 1.5;
const EXTRA_MS = 300;

const capabilities = (kind: Capabilities['kind']): Capabilities => ({
  kind,
  operations: new Set(['add', 'copy', 'delete']),
  missing: {},
  maxTags: null,
  refuseName: () => null,
  refuseValue: () => null,
});
const accounts = new Map([
  ['ims-north', capabilities('resource')],
  ['swr-north', capabilities('image')],
]);

function resourceText(index: number): string {
  return `# yaml-language-server: $schema=../schemas/policy.schema.json
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata:
  name: golden-images-${index}
spec:
  mode: sync
  interval: 15m
  suspend: false
  targets:
    - account: ims-north
      images: { name: "golden-${index}-*", visibility: private }
  tags:
    ensure: { owner: team-${index}, stage: prod, os: "{{ image.osType | lower }}" }
    default: { cost-center: unassigned }
    rename: [{ from: Owner, to: owner }]
    normalize: [{ key: stage, transforms: [trim, lower], map: { production: prod } }]
    remove: ["tmp-*", "debug"]
    require: { owner: {}, stage: { oneOf: [dev, stage, prod] }, cost-center: { pattern: "[0-9]{4,6}" } }
  exclusive: false
  protect: ["_sys*"]
  limits: { maxChanges: 500, maxDeletes: 50, maxDeletePercent: 30 }
`;
}

function imageText(index: number): string {
  return `# yaml-language-server: $schema=../schemas/policy.schema.json
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop-${index} }
spec:
  mode: sync
  interval: 10m
  targets:
    - account: swr-north
      repositories: ["shop-${index}/*"]
      exclude: ["shop-${index}/sandbox-*"]
  copies:
    - { from: base, to: base-${index}, override: false }
  channels:
    - tag: stable
      select: { semver: ">=1.0.${index}", prerelease: false }
      minAge: 48h
      backup: "stable-previous"
    - tag: "{{ major }}.{{ minor }}"
      select: { semver: "*" }
    - tag: latest
      filter: { pattern: 'main-${index}-[0-9a-f]{7}-(?<ts>\\d+)', extract: ts }
      select: { numerical: highest }
  retain:
    - { name: releases, action: keep, semver: "*" }
    - { name: recent-ci, action: keep, pattern: "ci-.*", newest: 10, groupBy: "ci-(?<branch>.+)-[0-9]+" }
    - { name: old-ci, action: delete, pattern: "ci-.*", olderThan: 30d }
  protect: ["v*", "prod-*"]
`;
}

const files: readonly PolicyFile[] = Array.from({ length: FILES }, (_, index) => ({
  path: `policies/${index}.yaml`,
  text: index % 2 === 0 ? resourceText(index) : imageText(index),
}));

const baseline: number[] = [];
const measured: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  baseline.push(
    timeOf(() => {
      for (const { text } of files) for (const one of parseAllDocuments(text)) one.toJS();
    }),
  );
  measured.push(timeOf(load));
}

const yamlMs = median(baseline);
const loadMs = median(measured);
report({
  bench: 'policy-load',
  what: `${FILES} policy files over \`yaml\` alone and ${EXTRA_MS} ms`,
  value: (loadMs - EXTRA_MS) / yamlMs,
  unit: 'x',
  wanted: { limit: 'at most', value: MOST_RATIO },
  figures: `${loadMs.toFixed(0)} ms, \`yaml\` alone ${yamlMs.toFixed(0)} ms`,
});

function load(): void {
  const set = parsePolicies(files);
  const issues = checkPolicies(set, accounts, files);
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`${errors.length} errors: ${errors[0]?.message}`);
}

function timeOf(run: () => void): number {
  const startedAt = performance.now();
  run();
  return performance.now() - startedAt;
}
