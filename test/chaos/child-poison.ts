import { subscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';

/**
 * Preloaded into workers: a pass over the target takes its worker down, as a listing that exhausts the memory would.
 * CHAOS_POISON is `FILE PATH`: any request for a path with that part ends the process while the file is there.
 */
const [file = '', part = ''] = (process.env['CHAOS_POISON'] ?? '').split(' ');

subscribe('undici:request:create', (message) => {
  const { request } = message as { readonly request: { readonly path: string } };
  if (part !== '' && request.path.includes(part) && existsSync(file)) {
    process.kill(process.pid, 'SIGKILL');
  }
});
