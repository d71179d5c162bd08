import type { Role } from '../cli/app.ts';
import { ReconcileError } from '../model/errors.ts';

const START_CANCELLED = 'Cannot start the service: it was told to stop meanwhile, wanted no signal';

/** One process has the embedded queue to itself: a role it lacks would be played by nobody. Throws CONFIG_INVALID. */
export function refuseSplitEmbedded(url: string, roles: ReadonlySet<Role>): void {
  if (!url.startsWith('embedded:') || (roles.has('scheduler') && roles.has('worker'))) return;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot run role "${[...roles].join(',')}" on the embedded queue: no other process can share it, wanted --role all, ` +
      'or queue.url redis://… or postgres://… to split roles',
  );
}

/** Rejects with CANCELLED as soon as the signal is aborted; what the work comes to then is nobody's concern. */
export async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const heard = new AbortController();
  const aborted = new Promise<never>((_, fail) => {
    const stop = (): void => fail(new ReconcileError('CANCELLED', START_CANCELLED));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true, signal: heard.signal });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    heard.abort();
  }
}
