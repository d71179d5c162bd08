import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until the condition holds; rejects after two seconds. */
export async function waitUntil(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 400; round += 1) {
    if (condition()) return;
    await sleep(5);
  }
  throw new Error('Expected the condition to hold within two seconds');
}
