import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { generate } from 'openapi-typescript-codegen';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../../../src/server/api/openapi.ts';
import { ROUTES } from '../../../src/server/api/routes.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { startHere } from '../../service/start-here.ts';
import { eventually, fleetPolicies, fleetSeed, imageId, outOfPlace } from '../../support/fleet.ts';
import { emptyDatabase } from '../../support/redis-database.ts';
import { createWorkspace, KEY_ENV } from '../../support/workspace.ts';

const SIZE = { images: 3, repositories: 2 };
const TOKEN = 'admin-0123456789abcdef0123';

type Call = (...given: readonly unknown[]) => Promise<unknown>;

/** What is used of the generated classes. */
const Generated = z.object({
  OpenAPI: z.custom<object>((value) => typeof value === 'object'),
  TargetsService: z.custom<{ listTargets: Call }>((value) => typeof value === 'function'),
  OperateService: z.custom<{ trigger: Call }>((value) => typeof value === 'function'),
});

describe('openApiDocument()', () => {
  test('openApiDocument() is valid OpenAPI 3.1', async () => {
    const validator = new Validator();

    const result = await validator.validate(structuredClone(openApiDocument()));

    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('openApiDocument() names every operation once', () => {
    const ids = ROUTES.map(({ operationId }) => operationId);

    expect(new Set(ids).size).toBe(ids.length);
  });

  test('openApiDocument() makes a client that lists the targets of a service and triggers one', async () => {
    const opened = new AsyncDisposableStack();
    onTestFinished(async () => await opened.disposeAsync());
    const simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    opened.defer(async () => await simulator.close());
    const workspace = await createWorkspace({
      simulator,
      queueUrl: await emptyDatabase(inject('redisUrl')),
      policies: fleetPolicies(),
      config: {
        server: { port: 0, adminToken: '${ADMIN}' },
        guards: { maxDeletesPerHour: 10_000, maxFleetDeletePercent: 100 },
      },
    });
    opened.defer(async () => await workspace.remove());
    const service = await startHere(workspace.configFile, { ...KEY_ENV, ADMIN: TOKEN }, opened);
    const mended = async (): Promise<number> =>
      await eventually(
        () => outOfPlace(simulator, SIZE).length === 0,
        30_000,
        () => 'not in place',
      );
    await mended();
    const { OpenAPI, TargetsService, OperateService } = await generateClient();
    Object.assign(OpenAPI, { BASE: `${service.url}/api/v1`, TOKEN });

    await eventually(
      async () => {
        const { items } = z
          .object({ items: z.array(z.object({ target: z.string() })) })
          .parse(await TargetsService.listTargets('in-sync', 'ims-north'));
        return items.length === SIZE.images;
      },
      10_000,
      () => 'not all targets are listed',
    );
    simulator.world.setImageTag(imageId(1), 'stage', 'dev');
    const accepted = await OperateService.trigger({ target: `ims-north/${imageId(1)}` });
    await mended();

    expect(accepted).toMatchObject({ accepted: 'pass', of: `ims-north/${imageId(1)}` });
  }, 60_000);
});

async function generateClient(): Promise<z.infer<typeof Generated>> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-client-'));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  const input = join(folder, 'openapi.json');
  await writeFile(input, JSON.stringify(openApiDocument()));
  await generate({ input, output: join(folder, 'client') });
  return Generated.parse(await import(pathToFileURL(join(folder, 'client', 'index.ts')).href));
}
