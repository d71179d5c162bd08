import { defineConfig } from 'vitest/config';

const ALL = { lines: 100, branches: 100 };

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The image: `npm run test:image`.
    exclude: ['test/image/**'],
    globalSetup: ['test/global-setup.ts'],
    reporters: ['default', './tools/count-reporter.ts'],
    pool: 'forks',
    // Many wait for processes, timers and networks more than they compute.
    maxWorkers: 3,
    testTimeout: 15_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        lines: 90,
        'src/model/**': ALL,
        'src/policy/**': ALL,
        'src/plan/**': ALL,
        'src/report/**': ALL,
      },
    },
  },
});
