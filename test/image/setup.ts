import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { shareRedis } from '../support/redis-shared.ts';
import { buildImage, ensureBase } from './build.ts';
import { openEngine, prepareCommands, step } from './engine.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the podman whose image is under test. */
    imageStore: string;
  }
}

/** A folder to keep between runs: the base image is made once in it. */
const KEPT = 'TAGWARDEN_IMAGE_STORE';

/** Of `npm run test:image`: an engine, the base image, and the image of this working copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  prepareCommands();
  const kept = process.env[KEPT];
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'tagwarden-image-')));
  const engine = openEngine(folder);
  await ensureBase(engine);
  const ms = buildImage(engine);
  console.log(`image built in ${(ms / 1_000).toFixed(1)} s`);
  const redis = await shareRedis();
  project.provide('redisUrl', redis.url);
  project.provide('imageStore', folder);
  return async () => {
    await redis.stop();
    await engine.podman('rm', '--all', '--force', '--time', '0', '--volumes');
    step(engine, 'buildah', ['rm', '--all']);
    if (kept !== undefined) return;
    await engine.podman('rmi', '--all', '--force');
    // Not `podman system reset`: it removes networks of the machine's own podman, too.
    await rm(folder, { recursive: true, force: true });
  };
}
