/**
 * R24: "why was tag X deleted?" by one command at 8,000 remembered operations on a real Redis, in three shapes of
 * history; beside it the start of the same program, and of Node alone.
 */
import { spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { createRedisStore } from '../src/store/redis.ts';
import { startRedis } from '../test/support/redis.ts';
import { OPERATIONS, REMEMBERED, remember } from '../test/support/remember.ts';
import { createWorkspace, KEY_ENV, NOWHERE } from '../test/support/workspace.ts';

const MAIN = process.env['TAGWARDEN_MAIN'] ?? 'dist/bundle/main.js';
const ROUNDS = 11;
const TARGET = `${REMEMBERED.account}/${REMEMBERED.path}`;

const server = await startRedis();
const redis = new Redis(server.url);
const workspace = await createWorkspace({
  simulator: { endpoints: NOWHERE },
  queueUrl: server.url,
  policies: {},
});
try {
  report('node -e 0', () => time(['-e', '0'], /^$/));
  report(`${MAIN} --help`, () => time([MAIN, '--help'], /Usage/));
  for (const perRun of [8_000, 50, 1]) {
    await redis.flushall();
    await remember(createRedisStore({ redis, prefix: '{tags}' }), perRun);
    // The newest and the oldest: the second is found last.
    for (const tag of [`tag-${OPERATIONS - 1}`, 'tag-17']) {
      const args = [MAIN, 'history', TARGET, '--tag', tag, '--config', workspace.configFile];
      const wanted = new RegExp(`- ${tag} .*deleted|- ${tag} +.*applied`);
      report(`history --tag ${tag}, ${perRun} a run`, () => time(args, wanted));
    }
  }
} finally {
  redis.disconnect();
  await workspace.remove();
  await server.stop();
}

function time(args: readonly string[], wanted: RegExp): number {
  const env = { ...process.env, ...KEY_ENV };
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const ms = performance.now() - startedAt;
  if (status !== 0 || !wanted.test(stdout)) throw new Error(`ended with ${status}: ${stderr}`);
  return ms;
}

function report(name: string, measure: () => number): void {
  const times = Array.from({ length: ROUNDS }, measure).toSorted((one, other) => one - other);
  const at = (share: number): string => {
    const index = Math.min(times.length - 1, Math.floor(times.length * share));
    return (times[index] ?? 0).toFixed(0).padStart(6);
  };
  console.log(`${name.padEnd(40)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms`);
}
