import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';
import { thirdParty } from './tools/third-party.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/**
 * One file in place of 1,100 modules: a process starts in half the processor time (ADR 0015). Left outside are the
 * packages of `dependencies`, which read files of their own or are loaded only when configured (ADR 0020), and native
 * add-ons that are absent.
 */
export default defineConfig({
  input: { main: 'src/main.ts', initdb: 'src/queue/initdb.ts' },
  platform: 'node',
  external: [/^@electric-sql\/pglite/, /^@opentelemetry\//, 'msgpackr-extract', 'pg-native'],
  plugins: [thirdParty(version)],
  output: {
    // As deep as src/cli and src/config: paths relative to the package hold in both.
    dir: 'dist/bundle',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
});
