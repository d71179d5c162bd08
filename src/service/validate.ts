import type { OpenOptions, Validation } from '../cli/app.ts';
import type { Environment } from '../config/environment.ts';
import {
  ConfigErrors,
  findDefaultConfig,
  parseConfig,
  readConfigFile,
  resolvePolicyGit,
} from '../config/load.ts';
import type { ProviderName } from '../model/account.ts';
import type { Capabilities } from '../model/capabilities.ts';
import type { PolicySet } from '../model/policy.ts';
import { checkPolicies } from '../policy/check.ts';
import { PolicyErrors, type PolicyFile, type PolicyIssue } from '../policy/issue.ts';
import { parsePolicies } from '../policy/parse.ts';
import { capabilitiesByAccount, capabilitiesOf } from '../providers/capabilities.ts';
import { openOrigin } from '../sources/open.ts';
import { ambient, placeOf } from './open-config.ts';

/** The most a provider can do, whatever the account; what its account cannot is refused with the policies. */
export function capabilitiesOfProvider(provider: ProviderName): Capabilities {
  return capabilitiesOf({ provider, registry: {} });
}

/** What is wrong with a set as far as it can be told without accounts. */
export function checkSet(set: PolicySet, files: readonly PolicyFile[]): readonly PolicyIssue[] {
  return checkPolicies(set, null, files, new Date());
}

/** Checks what can be checked without contacting anything and without reading a secret. */
export async function validateAll(
  options: OpenOptions,
  environment: Environment,
): Promise<Validation> {
  const file = options.configFile ?? environment.configFile ?? findDefaultConfig();
  const issues: PolicyIssue[] = [];
  const collect = <T>(read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PolicyErrors || error instanceof ConfigErrors)) throw error;
      issues.push(...error.issues);
      return null;
    }
  };
  const parsed =
    file === null ? null : collect(() => parseConfig(file, readConfigFile(file), environment));
  const policyGit = parsed === null ? null : resolvePolicyGit(parsed, environment);
  const place = placeOf(options, { policyFolder: parsed?.policyFolder ?? 'policies', policyGit });
  await using origin = await openOrigin({ ...place, ...ambient(environment) });
  const { files } = await origin.read();
  const set = collect(() => parsePolicies(files, origin.shownAs));
  if (set !== null) {
    const accounts = parsed === null ? null : Object.entries(parsed.document.accounts);
    const named = accounts?.map(([name, account]) => ({ name, ...account })) ?? null;
    // What needs no account is checked without a configuration too.
    const capabilities = named === null ? null : capabilitiesByAccount(named);
    issues.push(...checkPolicies(set, capabilities, files, new Date()));
  }
  return { issues, policies: set?.policies.length ?? 0, files: files.length, configFile: file };
}
