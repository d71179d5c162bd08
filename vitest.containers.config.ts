import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** What runs on Redis, with every Redis of it a container. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      'test/queue/{attempt,reconcile-worker,redis*,schedule*,sweep-worker*,watchdog,workers*}.test.ts',
      'test/store/redis.test.ts',
      'test/service/**/*.test.ts',
      'test/integration/**/*.test.ts',
      'test/e2e/{operate,service,stop}.test.ts',
      'test/support/redis.test.ts',
      'test/console.test.ts',
    ],
    globalSetup: ['test/containers-setup.ts'],
    env: { TAGWARDEN_TEST_REDIS: 'container' },
    // A container takes a second or two where a process takes 20 ms.
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
