import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { type Copy, DockerfileParser, type From, type JSONInstruction } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const text = readFileSync('Dockerfile', 'utf8');
const file = DockerfileParser.parse(text);
const manifest = z
  .object({
    description: z.string(),
    license: z.string(),
    bin: z.object({ tagwarden: z.string() }),
    devDependencies: z.object({ node: z.string() }),
  })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const all = file.getInstructions();
const froms = file.getFROMs();
const final = all.slice(all.findIndex((one) => one === froms.at(-1)) + 1);

const named = (keyword: string) => final.filter((one) => one.getKeyword() === keyword);
const contentOf = (keyword: string) => named(keyword).map((one) => one.getArgumentsContent());
const copies = (file.getCOPYs() satisfies Copy[]).map((copy) => {
  const parts = copy.getArguments().map((argument) => argument.getValue());
  return {
    stage:
      copy
        .getFlags()
        .find((flag) => flag.getName() === 'from')
        ?.getValue() ?? null,
    sources: parts.slice(0, -1),
  };
});

/** Words of an instruction in exec form; null: a shell would run it. */
function wordsOf(instruction: unknown): readonly string[] | null {
  const json = instruction as JSONInstruction;
  if (json.getOpeningBracket() === null) return null;
  return json.getJSONStrings().map((one) => one.getJSONValue());
}

describe('the stages of the Dockerfile', () => {
  test('begin from one base, pinned to the Node that develops and tests the product', () => {
    const [base] = file.getInitialARGs().map((arg) => arg.getProperty());
    const images = froms.map((from) => from.getImage());

    expect(base?.getName()).toBe('NODE_IMAGE');
    expect(base?.getValue()).toBe(
      `docker.io/library/node:${manifest.devDependencies.node}-bookworm-slim`,
    );
    expect(images).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}', '${NODE_IMAGE}', 'scratch']);
    expect(text).not.toContain(':latest');
  });

  test('install from the lockfile, without scripts', () => {
    const installs = all.filter((one) => one.getArgumentsContent()?.includes('npm'));
    const words = installs.flatMap((one) => {
      const found = one.getKeyword() === 'RUN' ? wordsOf(one) : null;
      return found?.[0] === 'npm' ? [found] : [];
    });

    expect(words).toEqual([
      ['npm', 'ci', '--ignore-scripts'],
      ['npm', 'ci', '--omit=dev', '--ignore-scripts'],
    ]);
  });

  test('copy what exists, and what .dockerignore lets through', () => {
    const sources = copies.flatMap(({ stage, sources: given }) => (stage === null ? given : []));
    const kept = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

    const isKept = (path: string) => kept.some((one) => path === one || path.startsWith(`${one}/`));

    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
    expect(sources.filter((path) => !isKept(path))).toEqual([]);
    expect(kept.filter((path) => !existsSync(path))).toEqual([]);
    expect(kept.filter((path) => !sources.some((one) => one.startsWith(path)))).toEqual([]);
  });

  test('copy from stages that are there', () => {
    const stages = (froms satisfies From[]).flatMap((from) => from.getBuildStage() ?? []);
    const asked = new Set(copies.flatMap(({ stage }) => stage ?? []));

    expect([...asked].toSorted()).toEqual(stages.toSorted());
  });

  test('copy what changes often after what does not', () => {
    const order = all.flatMap((one) =>
      one.getKeyword() === 'COPY' || one.getKeyword() === 'RUN'
        ? [one.getArgumentsContent() ?? '']
        : [],
    );
    const at = (part: string) => order.findIndex((one) => one.includes(part));

    expect(at('package-lock.json')).toBeLessThan(at('"npm", "ci"'));
    expect(at('"npm", "ci"')).toBeLessThan(at('src src'));
    expect(at('/app/node_modules')).toBeLessThan(at('/app/dist'));
  });

  test('bring everything the bundle is built from', () => {
    const given = copies.flatMap(({ sources }) => sources);
    const config = readFileSync('rolldown.config.ts', 'utf8');
    const imports = [...config.matchAll(/from '\.\/([^']+)'/g)].map(([, path = '']) => path);

    expect(given).toEqual(expect.arrayContaining(['rolldown.config.ts', 'src', ...imports]));
    expect(imports.length).toBeGreaterThan(0);
  });
});

describe('the final stage of the Dockerfile', () => {
  test('runs nothing: there is no shell in it', () => {
    expect(named('RUN')).toEqual([]);
    expect(named('ADD')).toEqual([]);
  });

  test('runs Node itself as process 1, as a numeric user', () => {
    const [entrypoint] = named('ENTRYPOINT').map(wordsOf);
    const [command] = named('CMD').map(wordsOf);

    expect(entrypoint).toEqual(['node', `/app/${manifest.bin.tagwarden}`]);
    expect(command).toEqual(['run']);
    expect(contentOf('USER')).toEqual(['10001:10001']);
    expect(contentOf('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(contentOf('EXPOSE')).toEqual(['8080 8081']);
    expect(contentOf('WORKDIR')).toEqual(['/data']);
    expect(named('VOLUME').map(wordsOf)).toEqual([['/data']]);
  });

  test('has a health check without a shell, that asks what needs no other service', () => {
    const [check] = named('HEALTHCHECK').map((one) => one.getRawArgumentsContent() ?? '');
    const [, words = '[]'] = /CMD\s+(\[.+\])$/s.exec(check ?? '') ?? [];
    const [program, , script] = z.array(z.string()).parse(JSON.parse(words));

    expect(program).toBe('node');
    expect(script).toContain('http://127.0.0.1:8080/livez');
    expect(() => new Script(script ?? '')).not.toThrow();
  });

  test('says what it is: version and revision by argument, the rest as package.json', () => {
    const labels = new Map(
      file
        .getInstructions()
        .flatMap((one) => ('getProperties' in one && one.getKeyword() === 'LABEL' ? [one] : []))
        .flatMap((one) => (one as ReturnType<typeof file.getENVs>[number]).getProperties())
        .map((property) => [property.getName(), property.getValue()]),
    );

    expect(labels.get('org.opencontainers.image.description')).toBe(manifest.description);
    expect(labels.get('org.opencontainers.image.licenses')).toBe(manifest.license);
    expect(text).toContain('image.version="${VERSION}"');
    expect(text).toContain('image.revision="${REVISION}"');
    expect(text).toContain('image.base.name="${NODE_IMAGE}"');
  });
});

test('no secret is an argument or a variable of the build', () => {
  const names = all
    .filter((one) => ['ARG', 'ENV'].includes(one.getKeyword()))
    .flatMap((one) => [...(one.getArgumentsContent() ?? '').matchAll(/(\w+)=?/g)])
    .map(([, name = '']) => name);

  expect(names.filter((name) => /token|secret|password|key$/i.test(name))).toEqual([]);
});
