import { OCI_REPOSITORIES } from './oci-default-seed.ts';
import type { ImageSeed, RepositorySeed, SeedInput, TagSeed, UhubSeed } from './seed.ts';

const PROJECT_ID = 'fd73a4a14a4a4dfb9771a8475e5198ea';

/** VM images as people leave them: misspelt keys, mixed case, missing owners, full tag lists. */
const IMAGES: ImageSeed[] = [
  {
    id: '67e17426-359e-49fb-aa12-0bd1756ec240',
    name: 'debian-12-base',
    tags: { env: 'prod', owner: 'platform', 'cost-center': '4100', os: 'debian-12' },
  },
  {
    id: '1c9f3a51-7a3e-4f0e-9c55-8d9a4b1e2f01',
    name: 'debian-12-web',
    tags: { Env: 'Production', owner: 'shop', 'cost-center': '4200' },
  },
  {
    id: '2d8e4b62-8b4f-4a1f-8d66-9eab5c2f3a02',
    name: 'ubuntu-2404-worker',
    osVersion: 'Ubuntu 24.04 server 64bit',
    tags: { enviroment: 'prod', owner: 'shop', tmp: 'delete-me' },
  },
  {
    id: '3e7d5c73-9c50-4b20-9e77-afbc6d304b03',
    name: 'ubuntu-2404-ci',
    osVersion: 'Ubuntu 24.04 server 64bit',
    tags: { env: 'ci', tmp: 'yes' },
  },
  {
    id: '4f6c6d84-ad61-4c31-af88-b0cd7e415c04',
    name: 'windows-2022-erp',
    osType: 'Windows',
    osVersion: 'Windows Server 2022 Datacenter 64bit',
    tags: { env: 'prod', owner: 'erp', 'cost-center': '4300', 'patch-group': 'b' },
  },
  {
    id: '505b7e95-be72-4d42-8099-c1de8f526d05',
    name: 'centos-7-legacy',
    osVersion: 'CentOS 7.9 64bit',
  },
  {
    id: '614a8fa6-cf83-4e53-91aa-d2ef90637e06',
    name: 'debian-12-db',
    tags: {
      ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`legacy-${index + 1}`, 'x'])),
      env: 'prod',
    },
  },
  {
    id: '7239a0b7-d094-4f64-82bb-e3f0a1748f07',
    name: 'golden-2024-06',
    visibility: 'shared',
    tags: { env: 'staging', owner: 'Platform', 'cost-center': '' },
  },
];

/** Releases get older by a month a step; `latest` and `stable` point where somebody left them. */
const REPOSITORIES: RepositorySeed[] = [
  {
    name: 'shop/web',
    tags: {
      ...releases('shop-web', ['v1.0.0', 'v1.1.0', 'v1.2.0', 'v1.2.1', 'v2.0.0', 'v2.1.0']),
      ...builds('shop-web', [1, 3, 9, 21, 35, 48, 90]),
      latest: { digest: 'shop-web v2.0.0', ageDays: 31 },
      stable: { digest: 'shop-web v1.2.0', ageDays: 95 },
      nightly: { digest: 'shop-web ci-1', ageDays: 1 },
    },
  },
  {
    name: 'shop/checkout',
    tags: {
      ...releases('shop-checkout', ['1.8.0', '1.9.0', '1.9.3', '1.10.0', '2.0.0-rc.1']),
      ...builds('shop-checkout', [2, 15, 40]),
      latest: { digest: 'shop-checkout 1.9.3', ageDays: 62 },
      stable: { digest: 'shop-checkout 2.0.0-rc.1', ageDays: 2 },
    },
  },
  {
    name: 'shop/catalog/api',
    tags: {
      ...releases('shop-catalog-api', ['v0.9.0', 'v1.0.0', 'v1.0.1']),
      ...builds('shop-catalog-api', [5, 12, 33, 64, 120]),
    },
  },
  {
    name: 'platform/ingress',
    public: true,
    tags: {
      ...releases('platform-ingress', ['v3.4.0', 'v3.5.0', 'v3.5.1']),
      latest: { digest: 'platform-ingress v3.5.1', ageDays: 0 },
      stable: { digest: 'platform-ingress v3.5.1', ageDays: 0 },
    },
  },
  {
    name: 'platform/base/debian',
    tags: {
      ...releases('platform-debian', ['12.5', '12.6', '12.7']),
      latest: { digest: 'platform-debian 12.5', ageDays: 200 },
    },
  },
  { name: 'platform/runner', tags: builds('platform-runner', [0, 1, 2, 30, 31, 45, 61, 75, 99]) },
];

const UHUB: UhubSeed[] = [
  {
    repo: 'team',
    image: 'web',
    tags: {
      ...releases('team-web', ['v1.0.0', 'v1.1.0']),
      ...builds('team-web', [1, 14, 32, 70]),
      latest: { digest: 'team-web v1.0.0', ageDays: 31 },
    },
  },
  { repo: 'team', image: 'worker', tags: builds('team-worker', [0, 7, 29, 41, 55]) },
  { repo: 'team', image: 'cron', tags: releases('team-cron', ['0.1.0', '0.2.0']) },
  { repo: 'tools', image: 'lint', shared: true, tags: builds('tools-lint', [3, 60, 61, 62]) },
];

/** The demo's world: small enough to read, wrong in the ways real accounts are. */
export const DEFAULT_SEED: SeedInput = {
  credentials: {
    huawei: [
      {
        accessKey: 'AKIDEXAMPLE0000000A',
        secretKey: 'SKEXAMPLEKEY00000000000000000000000000ab',
        projectId: PROJECT_ID,
        region: 'cn-north-4',
        domain: 'example',
        username: 'robot',
        password: 'demo-password',
      },
    ],
    ucloud: [
      {
        publicKey: 'ucloudsomeone@example.com1296235120854146120',
        privateKey: '46f09bb9fab4f12dfc160dae12273d5332b5debe',
        projectId: 'org-abc123',
      },
    ],
    uhubRegistry: [
      { username: 'someone@example.com', password: 'demo-registry', projectId: 'org-abc123' },
    ],
    oci: [{ username: 'robot', password: 'demo-registry' }],
  },
  images: IMAGES,
  repositories: REPOSITORIES,
  uhub: UHUB,
  oci: OCI_REPOSITORIES,
};

function releases(label: string, versions: readonly string[]): Record<string, TagSeed> {
  return Object.fromEntries(
    versions.map((version, index) => [
      version,
      { digest: `${label} ${version}`, ageDays: (versions.length - 1 - index) * 30 + 1 },
    ]),
  );
}

function builds(label: string, agesDays: readonly number[]): Record<string, TagSeed> {
  return Object.fromEntries(
    agesDays.map((ageDays, index) => [
      `ci-${agesDays.length - index}`,
      { digest: `${label} ci-${agesDays.length - index}`, ageDays },
    ]),
  );
}
