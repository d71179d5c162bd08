import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** What needs the image, which podman builds and runs: `npm run test:image`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/image/**/*.test.ts'],
    exclude: [],
    globalSetup: ['test/image/setup.ts'],
    // One at a time: figures are taken.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
