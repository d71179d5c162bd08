import type { GlobalWall, Row, Wall } from './architecture.ts';

const WIRING = ['compose.ts', 'console.ts', 'clouds.ts', 'service'];
const STAGES = ['policy', 'plan', 'check', 'apply', 'report'];
const BELOW_DRIVERS = [
  'audit',
  'sources',
  'config',
  'telemetry',
  'look.ts',
  'reconcile.ts',
  'sweep.ts',
  ...STAGES,
  'providers/provider.ts',
  'model',
];

/**
 * Who may import whom, a path below src each. A layer may always import itself. The one place to
 * change when the picture in docs/architecture.md does.
 */
export const IMPORT_TABLE: Readonly<Record<string, Row>> = {
  'main.ts': {
    imports: [
      'cli',
      'compose.ts',
      'console.ts',
      'client',
      // Checks without a cloud: compose.ts would load every adapter.
      'service/validate.ts',
      'telemetry/scrub.ts',
      'config',
      'model',
    ],
  },
  // Wiring, in four places: what there is, what operators reach, the clouds, the long-running service.
  'compose.ts': {
    imports: ['clouds.ts', 'service', 'queue', 'store', 'http', 'providers', ...BELOW_DRIVERS],
    types: ['cli'],
  },
  'console.ts': {
    imports: ['clouds.ts', 'compose.ts', 'service', 'queue', 'store', ...BELOW_DRIVERS],
    types: ['cli'],
  },
  service: {
    imports: [
      'clouds.ts',
      'queue',
      'server',
      'store',
      'notify',
      'providers/capabilities.ts',
      ...BELOW_DRIVERS,
    ],
    types: ['cli'],
  },
  'clouds.ts': {
    imports: ['http', 'providers', 'model', 'telemetry/context.ts'],
    types: ['store', 'telemetry'],
  },
  cli: { imports: ['simulator', ...BELOW_DRIVERS], types: ['compose.ts', 'store'] },
  server: { imports: ['api', ...BELOW_DRIVERS], types: ['store'] },
  client: { imports: ['api', 'model'], types: ['cli'] },
  // What server and client of the API agree on; neither knows the other.
  api: { imports: ['model'], types: ['plan', 'report'] },
  queue: { imports: BELOW_DRIVERS },
  // A list of digests in use may come from a URL.
  sources: { imports: ['policy', 'http', 'model'] },
  store: { imports: ['model'] },
  config: { imports: ['policy', 'providers', 'model'] },
  audit: { imports: ['model'], types: ['apply'] },
  telemetry: { imports: ['model'], types: ['report'] },
  'sweep.ts': { imports: ['reconcile.ts', ...STAGES, 'providers/provider.ts', 'model'] },
  // Reads what a plan depends on.
  'look.ts': { imports: ['plan', 'providers/provider.ts', 'model'] },
  'reconcile.ts': {
    imports: ['look.ts', ...STAGES, 'providers/provider.ts', 'providers/gate.ts', 'model'],
  },
  report: { imports: ['model'], types: ['policy', 'plan', 'check', 'apply'] },
  apply: { imports: ['providers/provider.ts', 'model'], types: ['policy', 'plan'] },
  // Plans beside the spine: PolicyTests and the fixtures they are made from.
  check: { imports: ['plan', 'policy/selector.ts', 'policy/suggest.ts', 'model'] },
  // The small languages inside policies; a plan evaluates what the parser has checked.
  plan: {
    imports: [
      'policy/duration.ts',
      'policy/pattern.ts',
      'policy/promotion.ts',
      'policy/selector.ts',
      'policy/semver.ts',
      'policy/template.ts',
      'model',
    ],
    types: ['policy'],
  },
  policy: { imports: ['model'] },
  'providers/catalog.ts': { imports: ['providers', 'registry', 'http', 'model'] },
  'providers/*': { imports: ['registry', 'http', 'providers/provider.ts', 'model'] },
  // What providers can do, without their adapters.
  'providers/capabilities.ts': { imports: ['providers', 'model'] },
  // Wrappers around any provider: they refuse, they do not choose.
  'providers/admission.ts': { imports: ['providers/provider.ts', 'model'] },
  'providers/delete-budget.ts': {
    imports: ['providers/admission.ts', 'providers/provider.ts', 'model'],
  },
  'providers/fleet-deletes.ts': { imports: ['model'], types: ['providers/delete-budget.ts'] },
  'providers/gate.ts': { imports: ['providers/admission.ts', 'providers/provider.ts', 'model'] },
  'providers/promotions.ts': { imports: ['providers/provider.ts', 'model'] },
  'providers/provider.ts': { imports: ['model'] },
  'providers/refusals.ts': { imports: ['providers/provider.ts', 'model'] },
  // What any cloud's registry speaks: one client of the OCI protocol for all adapters.
  registry: { imports: ['http', 'model'] },
  http: { imports: ['model'] },
  // Messages to people: made from reports, sent through the one place that retries.
  notify: { imports: ['http', 'report', 'model'] },
  model: { imports: [] },
  // An oracle must not share our misreadings.
  simulator: { imports: [] },
};

/** Packages and built-in modules that live in one place, so that they can be swapped there. */
export const WALLS: Readonly<Record<string, Wall>> = {
  bullmq: { only: ['queue'], because: 'swapping BullMQ touches one folder' },
  '@electric-sql/pglite': { only: ['queue'], because: 'the embedded queue owns its database' },
  ioredis: {
    only: ['queue', 'store'],
    because: 'the queue connects to Redis, the store shares it',
  },
  pg: { only: ['queue'], because: 'PostgreSQL is reached by the queue' },
  fastify: { only: ['server'], because: 'swapping Fastify touches one folder' },
  undici: { only: ['http'], because: 'timeouts and pools live in http' },
  'p-retry': { only: ['http'], because: 'no retry inside a retry' },
  limiter: { only: ['http'], because: 'one request budget per account' },
  cockatiel: { only: ['http'], because: 'one circuit breaker per account' },
  commander: { only: ['cli', 'main.ts'], because: 'the command line is parsed in cli' },
  'cli-progress': { only: ['cli'], because: 'progress is drawn by the command line' },
  picocolors: { only: ['cli'], because: 'it reads the environment' },
  pino: { only: ['telemetry'], because: 'drivers log, stages return data' },
  'prom-client': { only: ['telemetry'], because: 'metrics are declared in one place' },
  'bullmq-otel': { only: ['queue'], because: 'BullMQ lives there' },
  'node:fs': {
    only: ['audit', 'config', 'sources', 'queue', 'cli', 'simulator', 'http/exchange.ts'], // the CA file
    because: 'files are read at the edges, secret files in config',
  },
  'node:fs/promises': {
    only: ['audit', 'config', 'sources', 'queue', 'cli', 'simulator'],
    because: 'files are read at the edges, secret files in config',
  },
};

/** Folders of data and pure functions, with the only packages they may import. */
export const PURE: Readonly<Record<string, readonly string[]>> = {
  model: [
    'node:util', // Secret hides itself from inspect()
    're2js', // one dialect of globs for policies, plans and providers
  ],
  policy: ['node:crypto', 'yaml', 'zod', 'semver', 're2js', 'fastest-levenshtein', 'cron-parser'],
  plan: ['node:crypto', 'semver', 're2js'],
  check: ['yaml'],
  report: ['node:crypto'],
};

/** Where effects that make a run unrepeatable may stand. Elsewhere they come in as arguments. */
export const GLOBAL_WALLS: readonly GlobalWall[] = [
  {
    uses: /\bDate\.now\b|\bnew Date(?:\(\s*\)|(?!\s*\())|\bperformance\.now\b/,
    only: [
      'cli/progress.ts', // rate and ETA on a terminal
      'cli/demo.ts', // when to drift, and how long healing took
      ...WIRING, // hands the clock to everybody else
      'main.ts',
      'simulator', // the clouds have clocks of their own
      'telemetry', // durations
      'queue', // job timestamps, lock ages
      'http', // Retry-After dates, token expiry, signing dates
    ],
    because: '`now` is an argument',
  },
  {
    uses: /\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b/,
    only: [...WIRING, 'main.ts', 'cli/demo.ts', 'simulator', 'telemetry', 'queue', 'http'],
    because: 'randomness is an argument',
  },
  {
    uses: /\bprocess\.env\b|\benv\b[^;]*\bfrom 'node:process'/,
    only: ['config'],
    because: 'config reads the environment, once',
  },
  {
    uses: /\bprocess\.(?:exit\b|exitCode\b|abort\b)/,
    only: ['main.ts'],
    because: 'main.ts sets the exit code',
  },
];

/** Folders of test whose files mirror nothing: they test several files, or the outside. */
export const FREE_TEST_FOLDERS = [
  'architecture.test.ts',
  'schemas.test.ts',
  'dependencies.test.ts',
  'deploy',
  'dockerfile.test.ts',
  'docs',
  'bench',
  'contract',
  'chaos',
  'fuzz',
  'e2e',
  'image',
  'integration',
  'simulator',
  'support',
];

/** No file of src or test is longer. */
export const MAX_LINES = 300;
