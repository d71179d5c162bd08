import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseRoles } from '../../src/cli/run.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { RENDERED } from '../../tools/write-deploy.ts';
import { fakeSecrets, flagsOf, isServed } from './code-facts.ts';
import {
  type Deployment,
  dataOf,
  deploymentsOf,
  type KubeObject,
  objectOf,
  renderedObjects,
  rolesOf,
  Selector,
  selects,
} from './objects.ts';
import { restrictionsBroken } from './pod-security.ts';

const SETS = [
  ...RENDERED.kustomize.names.map((name) => ({ kind: 'kustomize' as const, name })),
  ...RENDERED.helm.names.map((name) => ({ kind: 'helm' as const, name })),
].map(({ kind, name }) => ({ set: `${kind} ${name}`, objects: renderedObjects(kind, name) }));

const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const RUN_FLAGS = flagsOf('run');
const DOCKERFILE = readFileSync('Dockerfile', 'utf8');

function containerOf({ spec }: Deployment) {
  const [container] = spec.template.spec.containers;
  if (container === undefined) throw new Error('a Deployment without a container');
  return container;
}

/** The configuration that a Deployment mounts, loaded with a value for every name it refers to. */
function configOf(objects: readonly KubeObject[], deployment: Deployment) {
  const volume = deployment.spec.template.spec.volumes.find(({ name }) => name === 'config');
  const text = dataOf(objects, volume?.configMap?.name ?? '')['tagwarden.yaml'] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-deploy-'));
  try {
    const file = join(folder, 'tagwarden.yaml');
    writeFileSync(file, text);
    const environment = readEnvironment(fakeSecrets(text));
    return { text, config: loadConfig({ file, environment, onSecret: () => undefined }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(SETS)('the pods of $set', ({ objects }) => {
  const roles = rolesOf(objects);

  test('keep to the restricted standard and have no token', () => {
    const broken = deploymentsOf(objects).map(({ metadata, spec }) => [
      metadata.name,
      restrictionsBroken(spec.template.spec),
    ]);

    expect(broken.length).toBeGreaterThan(0);
    expect(broken.filter(([, problems]) => problems?.length !== 0)).toEqual([]);
  });

  test('run as the user of the image, its version, and a command and flag that there are', async () => {
    const flags = await RUN_FLAGS;
    const user = /^USER (\d+):\d+$/m.exec(DOCKERFILE)?.[1];
    for (const deployment of roles) {
      const { args, image } = containerOf(deployment);
      const { securityContext } = deployment.spec.template.spec;

      expect(image).toBe(`tagwarden:${VERSION.version}`);
      expect(String(z.looseObject({ runAsUser: z.int() }).parse(securityContext).runAsUser)).toBe(
        user,
      );
      expect([args[0], flags.has(args[1] ?? '')]).toEqual(['run', true]);
      expect(parseRoles(args.at(-1) ?? '')).not.toBeNull();
    }
  });

  test('together have every role', () => {
    const found = roles.flatMap((one) => [
      ...(parseRoles(containerOf(one).args.at(-1) ?? '') ?? []),
    ]);

    expect(found.toSorted()).toEqual(['api', 'scheduler', 'worker']);
  });

  test('are probed at paths that the service serves, on the port it opens', () => {
    for (const deployment of roles) {
      const { config } = configOf(objects, deployment);
      const { livenessProbe, readinessProbe, startupProbe, ports } = containerOf(deployment);
      const probed = [livenessProbe, readinessProbe, startupProbe].map((one) => one?.httpGet);

      expect(probed.map((one) => one?.path)).toEqual(['/livez', '/readyz', '/startupz']);
      expect(probed.map((one) => isServed(one?.path ?? ''))).toEqual([true, true, true]);
      expect(new Set(probed.map((one) => one?.port))).toEqual(new Set(['http']));
      const named = Object.fromEntries(ports.map((one) => [one.name, one.containerPort]));
      expect(named['http']).toBe(config.server.port);
      expect(named['hooks'] ?? config.hookServer?.port).toBe(config.hookServer?.port);
      expect([config.server.host, config.hookServer?.host]).toEqual(['0.0.0.0', '0.0.0.0']);
    }
  });

  test('that serve the API open the port of the webhooks, and the others do not', () => {
    const open = roles.map((one) => [
      parseRoles(containerOf(one).args.at(-1) ?? '')?.has('api'),
      containerOf(one).ports.some(({ name }) => name === 'hooks'),
    ]);

    for (const [isApi, isOpen] of open) expect(isOpen).toBe(isApi);
  });

  test('have more time to stop than a stop takes', () => {
    const times = roles.map(({ spec }) => spec.template.spec.terminationGracePeriodSeconds);

    expect(new Set(times)).toEqual(new Set([45]));
  });

  test('mount what is there, and can write where the configuration says so', () => {
    for (const deployment of roles) {
      const { config } = configOf(objects, deployment);
      const { volumes } = deployment.spec.template.spec;
      const claims = volumes.flatMap((one) => one.persistentVolumeClaim?.claimName ?? []);
      const maps = volumes.flatMap((one) => one.configMap?.name ?? []);
      for (const map of maps) expect(objectOf(objects, 'ConfigMap', map)).toBeDefined();
      for (const claim of claims)
        expect(objectOf(objects, 'PersistentVolumeClaim', claim)).toBeDefined();
      const mounts = containerOf(deployment).volumeMounts;
      const mountOf = (path: string) =>
        mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
      const cache = config.policyGit?.cacheFolder ?? null;
      const embedded = /^embedded:(.*)$/.exec(config.queue.url)?.[1] ?? null;
      const written = ['/tmp', cache, embedded].filter((path) => path !== null);

      expect(mountOf(config.policyGit === null ? config.policyFolder : '/tmp')).toBeDefined();
      expect(written.map((path) => mountOf(path)?.readOnly)).toEqual(written.map(() => undefined));
      expect(written.map(mountOf)).not.toContain(undefined);
      expect(mountOf(/TAGWARDEN_CONFIG=(\S+)/.exec(DOCKERFILE)?.[1] ?? '')?.name).toBe('config');
    }
  });

  test('of an embedded queue are one, which ends before the next one starts', () => {
    const embedded = roles.filter((one) =>
      configOf(objects, one).config.queue.url.startsWith('embedded:'),
    );

    expect(embedded.length).toBe(roles.length === 1 ? 1 : 0);
    for (const { spec } of embedded)
      expect([spec.replicas, spec.strategy]).toEqual([1, { type: 'Recreate' }]);
  });

  test('mount policies that are right for the accounts', () => {
    const maps = objects.filter(
      ({ kind, metadata }) =>
        kind === 'ConfigMap' && metadata.name.startsWith('tagwarden-policies'),
    );
    const isGit = roles.some((one) => configOf(objects, one).config.policyGit !== null);
    const files = maps.flatMap(({ metadata }) => Object.entries(dataOf(objects, metadata.name)));
    const texts = files.map(([path, text]) => ({ path, text }));

    expect(maps).toHaveLength(isGit ? 0 : 1);
    if (isGit) return;
    const accounts = new Set(
      roles.flatMap((one) => configOf(objects, one).config.accounts.map(({ name }) => name)),
    );
    const named = parsePolicies(texts).policies.flatMap(({ targets }) =>
      targets.map(({ account }) => account),
    );
    expect([...accounts]).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  test('get every name that the configuration refers to from one Secret', () => {
    for (const deployment of roles) {
      const { text } = configOf(objects, deployment);
      const [from, ...more] = containerOf(deployment).envFrom;
      const given = secretKeys(objects, from?.secretRef.name ?? '');

      expect(more).toEqual([]);
      // The Secret of a chart and that of the overlay single are made by hand.
      const named = given === null ? [] : Object.keys(fakeSecrets(text));
      expect(given ?? []).toEqual(expect.arrayContaining(named));
    }
  });

  test('are reached by Services whose ports they name', () => {
    const Service = z.looseObject({
      selector: z.record(z.string(), z.string()),
      ports: z.array(z.object({ port: z.int(), targetPort: z.string() })),
    });
    const services = objects
      .filter(({ kind }) => kind === 'Service')
      .map(({ spec }) => Service.parse(spec));
    expect(services.length).toBeGreaterThanOrEqual(2);
    for (const { selector, ports } of services) {
      const behind = deploymentsOf(objects).filter(({ spec }) =>
        selects(Selector.parse({ matchLabels: selector }), spec.template.metadata.labels),
      );

      expect(behind).toHaveLength(1);
      const opened = behind.flatMap((one) =>
        containerOf(one).ports.map(({ name, containerPort }) => [name, containerPort]),
      );
      expect(opened).toEqual(
        expect.arrayContaining(ports.map((one) => [one.targetPort, one.port])),
      );
    }
  });
});

/** Keys of the Secret, by itself or by what makes it; null: it is made by hand. */
function secretKeys(objects: readonly KubeObject[], name: string): readonly string[] | null {
  const secret = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === name);
  if (secret !== undefined)
    return Object.keys(z.record(z.string(), z.string()).parse(secret['data']));
  const external = objects.find(({ kind }) => kind === 'ExternalSecret');
  if (external === undefined) return null;
  const { target, data } = z
    .looseObject({
      target: z.looseObject({ name: z.literal(name) }),
      data: z.array(z.looseObject({ secretKey: z.string() })),
    })
    .parse(external['spec']);
  expect(target.name).toBe(name);
  return data.map(({ secretKey }) => secretKey);
}

describe('restrictionsBroken()', () => {
  const pod = () =>
    structuredClone(rolesOf(renderedObjects('kustomize', 'prod'))[0]?.spec.template.spec);

  test.each([
    ['hostNetwork', { hostNetwork: true }],
    ['automountServiceAccountToken', { automountServiceAccountToken: true }],
    [
      'securityContext',
      {
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 0,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    ],
    ['volumes', { volumes: [{ name: 'host', hostPath: { path: '/' } }] }],
    [
      'containers',
      { containers: [{ name: 'x', securityContext: { allowPrivilegeEscalation: false } }] },
    ],
  ])('notices %s', (key, change) => {
    expect(restrictionsBroken(pod())).toEqual([]);

    const broken = restrictionsBroken({ ...pod(), ...change });

    expect(broken.join('\n')).toContain(key);
  });
});
