/** The environment variables tagwarden reads outside of `tagwarden.yaml`, read once at start. */
export interface Environment {
  /** TAGWARDEN_CONFIG: the configuration file. */
  readonly configFile: string | null;
  /** Overrides of single keys: TAGWARDEN_POLICIES_PATH, _QUEUE_URL, _SERVER_HOST, _SERVER_PORT, _LOG_LEVEL. */
  readonly overrides: Readonly<Record<OverrideKey, string | null>>;
  /** NO_COLOR set to any text, or TERM=dumb. */
  readonly plainOutput: boolean;
  /** Trimmed value of any variable, for `${NAME}` references; null: not set or blank. */
  readonly variable: (name: string) => string | null;
}

/** Key path in the configuration that a variable overrides, and the variable. */
export const OVERRIDES = {
  'policies.path': 'TAGWARDEN_POLICIES_PATH',
  'queue.url': 'TAGWARDEN_QUEUE_URL',
  'server.host': 'TAGWARDEN_SERVER_HOST',
  'server.port': 'TAGWARDEN_SERVER_PORT',
  'log.level': 'TAGWARDEN_LOG_LEVEL',
} as const;
export type OverrideKey = keyof typeof OVERRIDES;

/** Reads the process environment. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const variable = (name: string): string | null =>
    // Own names only: "${toString}" must not find what every object inherits.
    (Object.hasOwn(env, name) ? env[name]?.trim() : null) || null;
  return {
    configFile: variable('TAGWARDEN_CONFIG'),
    overrides: {
      'policies.path': variable(OVERRIDES['policies.path']),
      'queue.url': variable(OVERRIDES['queue.url']),
      'server.host': variable(OVERRIDES['server.host']),
      'server.port': variable(OVERRIDES['server.port']),
      'log.level': variable(OVERRIDES['log.level']),
    },
    plainOutput: variable('NO_COLOR') !== null || variable('TERM') === 'dumb',
    variable,
  };
}
