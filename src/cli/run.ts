import { ReconcileError } from '../model/errors.ts';
import { ROLES, type Role } from './app.ts';
import { leaveCompiledCode } from './compile-cache.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { RunFlags } from './flags.ts';
import { keepHeapSmall } from './small-heap.ts';

/** How long a stopping service waits for the work in hand; with all that follows it ends within 25 s. */
const GRACE_MS = 18_000;

/** `run`: the long-running service. SIGTERM or SIGINT drains it and exits 0. */
export async function run(options: RunFlags, context: CliContext): Promise<ExitCode> {
  const roles = parseRoles(options.role);
  if (roles === null) {
    context.stderr.write(
      `error: unknown role in '${options.role}', wanted all or a list of ${ROLES.join(', ')}\n`,
    );
    return EXIT.usage;
  }
  const heap = keepHeapSmall({ works: roles.has('worker') });
  leaveCompiledCode();
  const app = await context.openApp({
    configFile: options.config ?? null,
    policyFolder: null,
    withoutPolicies: 'wait',
  });
  const { signal } = context.interruption;
  try {
    const service = await app.startService({
      roles,
      host: options.host ?? app.config.server.host,
      port: options.port ?? app.config.server.port,
      onReport: () => heap.passed(),
      writeLog: (line) => context.stdout.write(line),
      heap,
      signal,
    });
    context.onFault((fault, error) => service.reportFault(fault, error));
    await aborted(signal);
    // Somebody at a terminal need not wait for load balancers.
    await service.stop(GRACE_MS, context.interruption.by() === 'SIGTERM');
    return EXIT.ok;
  } catch (error) {
    // Told to stop before it had begun: nothing runs that could be left undone.
    if (signal.aborted && error instanceof ReconcileError && error.code === 'CANCELLED') {
      return EXIT.ok;
    }
    throw error;
  } finally {
    context.onFault(null);
    await app.close();
  }
}

/** `all`, or a comma-separated list; null: a name is unknown. */
export function parseRoles(text: string): ReadonlySet<Role> | null {
  if (text === 'all') return new Set(ROLES);
  const known: readonly string[] = ROLES;
  const wanted = text.split(',').map((role) => role.trim());
  if (!wanted.every((role) => known.includes(role))) return null;
  return new Set(ROLES.filter((role) => wanted.includes(role)));
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
