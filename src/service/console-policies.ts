import type { OpenOptions } from '../cli/app.ts';
import type { Environment } from '../config/environment.ts';
import type { Config } from '../config/load.ts';
import type { PolicySet } from '../model/policy.ts';
import { capabilitiesByAccount } from '../providers/capabilities.ts';
import { openOrigin } from '../sources/open.ts';
import { loadPolicySet } from './load-policies.ts';
import { ambient, placeOf } from './open-config.ts';

/** The policy set as a command finds it now; throws PolicyErrors. */
export async function readPolicySet(
  config: Config,
  options: OpenOptions,
  environment: Environment,
): Promise<PolicySet> {
  const capabilities = capabilitiesByAccount(config.accounts);
  await using origin = await openOrigin({ ...placeOf(options, config), ...ambient(environment) });
  return (await loadPolicySet(origin, capabilities)).set;
}
