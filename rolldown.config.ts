import { defineConfig } from 'rolldown';

/**
 * One file in place of 1,100 modules: a process starts in half the processor time (ADR 0015). Left outside are packages
 * that read files of their own or are loaded only when configured, and native add-ons that may be absent.
 */
export default defineConfig({
  input: { main: 'src/main.ts', initdb: 'src/queue/initdb.ts' },
  platform: 'node',
  external: [
    /^@electric-sql\/pglite/,
    /^@opentelemetry\//,
    'bullmq-otel',
    'msgpackr-extract',
    'pg-native',
  ],
  output: {
    // As deep as src/cli and src/config: paths relative to the package hold in both.
    dir: 'dist/bundle',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
});
