import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { flagsOf } from './code-facts.ts';
import { envOf, services } from './compose-file.ts';
import { objectOf, renderedObjects } from './objects.ts';

const PAGE = readFileSync('docs/deploy.md', 'utf8');
const COMMANDS = [...PAGE.matchAll(/^ *```sh\n(.*?)^ *```$/gms)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.trim())
  .filter((line) => line !== '');

/** What is made by a command of the page itself. */
const MADE = new Set(['deploy/.env']);

test('docs/deploy.md names files and folders that there are', () => {
  const paths = new Set(
    [...PAGE.matchAll(/(?<![\w/])deploy\/[\w./-]*[\w]/g)].map(([path]) => path),
  );

  expect(paths.size).toBeGreaterThan(15);
  expect([...paths].filter((path) => !MADE.has(path) && !existsSync(path))).toEqual([]);
});

test('docs/deploy.md names profiles and ports of compose.yaml', () => {
  const known = Object.values(services).flatMap(({ profiles }) => profiles);
  const named = [...PAGE.matchAll(/--profile (\w+)/g)].map(([, name]) => name);
  const ports = Object.values(services).flatMap((one) =>
    one.ports.map((port) => port.split(':')[1]),
  );

  expect(new Set(named)).toEqual(new Set(known));
  expect(ports).toEqual(expect.arrayContaining(['8904', '8081', '9090', '3000']));
});

test('docs/deploy.md names objects that the overlays have', () => {
  const dev = renderedObjects('kustomize', 'dev');
  const forwards = COMMANDS.flatMap((line) => /port-forward service\/(\S+) (\d+)/.exec(line) ?? []);

  expect(forwards).toHaveLength(3);
  expect(JSON.stringify(objectOf(dev, 'Service', forwards[1] ?? '')['spec'])).toContain(
    `"port":${forwards[2]}`,
  );
  expect(COMMANDS.join('\n').match(/-n tagwarden|--namespace tagwarden/g)?.length).toBeGreaterThan(
    3,
  );
});

test('docs/deploy.md names commands and variables of tagwarden', async () => {
  const names = Object.keys(envOf('deploy/.env.example'));
  const inner = COMMANDS.flatMap((line) => /main\.js (\w+)/.exec(line)?.[1] ?? []);

  expect(inner).toEqual(['history']);
  for (const command of inner) expect((await flagsOf(command)).size).toBeGreaterThan(0);
  expect(names).toEqual(expect.arrayContaining(['HW_AK', 'TAGWARDEN_POLICIES']));
});

test('docs/deploy.md says the figures that the memory of the manifests is made of', () => {
  const figures = ['docs/adr/0005-small-heap-for-the-service.md', 'bench/README.md']
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

  for (const figure of ['168 MB', '256 MB', '103', '231 MB', '542 MB'])
    expect(figures).toContain(figure);
});
