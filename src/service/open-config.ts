import type { OpenOptions } from '../cli/app.ts';
import type { Environment } from '../config/environment.ts';
import { type Config, DEFAULT_CONFIG_FILE, loadConfig } from '../config/load.ts';
import type { GitLocation } from '../model/git-location.ts';
import type { OriginOptions } from '../sources/open.ts';
import { createScrubber, type Scrubber } from '../telemetry/scrub.ts';

/** Reads the configuration; every secret in it is known to the scrubber before anything can be written. */
export function openConfig(
  options: OpenOptions,
  environment: Environment,
  onScrubber: (scrubber: Scrubber) => void,
): { readonly config: Config; readonly scrubber: Scrubber } {
  const scrubber = createScrubber();
  // Before the first secret is read.
  onScrubber(scrubber);
  const config = loadConfig({
    file: configFileOf(options, environment),
    environment,
    onSecret: (secret) => scrubber.add(secret.reveal()),
  });
  return { config, scrubber };
}

/** What an origin takes from outside of its arguments. */
export function ambient({
  variable,
}: Environment): Pick<OriginOptions, 'variable' | 'random' | 'now'> {
  return { variable, random: Math.random, now: () => new Date() };
}

/** A folder that is named on the command line stands for whatever place the configuration names. */
export function placeOf(
  { policyFolder }: Pick<OpenOptions, 'policyFolder'>,
  config: Pick<Config, 'policyFolder' | 'policyGit'>,
): { readonly folder: string; readonly git: GitLocation | null } {
  if (policyFolder !== null) return { folder: policyFolder, git: null };
  return { folder: config.policyFolder, git: config.policyGit };
}

function configFileOf(options: OpenOptions, environment: Environment): string {
  return options.configFile ?? environment.configFile ?? DEFAULT_CONFIG_FILE;
}
