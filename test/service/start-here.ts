import { ROLES, type Service } from '../../src/cli/app.ts';
import { openApp } from '../../src/compose.ts';
import { readEnvironment } from '../../src/config/environment.ts';

/** A service in this process with the roles all, on a free port. */
export async function startHere(
  configFile: string,
  env: Readonly<Record<string, string>>,
  opened: AsyncDisposableStack,
  host = '127.0.0.1',
): Promise<Service> {
  const environment = readEnvironment(env);
  const app = await openApp({ configFile, policyFolder: null }, environment, () => undefined);
  opened.defer(async () => await app.close());
  const service = await app.startService({
    roles: new Set(ROLES),
    host,
    port: 0,
    onReport: () => undefined,
    writeLog: () => undefined,
    signal: new AbortController().signal,
  });
  let stopped: Promise<void> | null = null;
  const stop = async (graceMs: number, drain = false): Promise<void> => {
    stopped ??= service.stop(graceMs, drain);
    await stopped;
  };
  opened.defer(async () => await stop(0));
  return { ...service, stop };
}
