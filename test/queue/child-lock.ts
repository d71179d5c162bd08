// Run by node: child-lock.ts FOLDER START_AT. Tries to take the folder at the given moment and says how it went.
import { lockDirectory } from '../../src/queue/directory-lock.ts';
import { pause } from './support.ts';

const [, , folder = '', startAt = '0'] = process.argv;

await pause(Math.max(0, Number(startAt) - Date.now()));
try {
  await lockDirectory(folder);
  process.stdout.write(`${JSON.stringify({ event: 'locked' })}\n`);
} catch (error) {
  const message = error instanceof Error ? error.message : '';
  process.stdout.write(`${JSON.stringify({ event: 'refused', message })}\n`);
}
// The lock alone does not keep a process alive.
setInterval(() => {}, 1_000);
