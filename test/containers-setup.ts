import type { TestProject } from 'vitest/node';
import { dockerAnswers } from './support/docker.ts';
import { redisArgs } from './support/redis.ts';
import { startContainer } from './support/redis-container.ts';

const NO_ENGINE =
  'Cannot start Redis through testcontainers: no container engine answers. Start Docker, or point DOCKER_HOST at an engine that has redis:7';

/** Of `npm run test:containers`: the Redis that all files share is one container, and nothing else will do. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!(await dockerAnswers())) throw new Error(NO_ENGINE);
  const redis = await startContainer(redisArgs({}));
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
  };
}
