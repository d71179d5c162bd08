import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine, type Engine } from '../../src/queue/engine.ts';
import {
  awaitFirstSet,
  createPolicyRequests,
  type FollowOptions,
  followOrigin,
} from '../../src/service/follow-policies.ts';
import { createRandom } from '../../src/simulator/random.ts';
import type { PolicySource } from '../../src/sources/policy-source.ts';
import { aWorld, SILENT, unique, until } from '../queue/support.ts';
import { aServer } from '../sources/git-bench.ts';
import type { GitServer } from '../support/git-server.ts';
import { gitOrigin, openOn, policyText } from './policy-bench.ts';
import { keptLog } from './service-bench.ts';

interface Follower {
  readonly source: PolicySource;
  readonly engine: Engine;
  /** Revisions that came into force. */
  readonly seen: string[];
}

/** One process of a deployment: source, engine and what joins them, on a queue of its own. */
async function aFollower(server: GitServer, intervalMs: number): Promise<Follower> {
  const origin = await gitOrigin(server.url, { intervalMs });
  const { source } = await openOn(origin);
  const backend = await openBackend(inject('redisUrl'), {
    log: SILENT,
    prefix: `{${unique('follow')}}`,
  });
  const seen: string[] = [source.current().revision];
  const onNew = (): void => void seen.push(source.current().revision);
  const requests = createPolicyRequests(() => followers);
  const { options } = aWorld(backend, ['ims']);
  const engine = createEngine({ ...options, ...requests, policies: () => source.current() });
  const followers: FollowOptions = { source, engine, log: keptLog(), now: () => new Date(), onNew };
  await engine.start();
  const stop = followOrigin(origin, followers);
  onTestFinished(async () => {
    stop();
    await engine.stop({ graceMs: 500 });
    await backend.close();
  });
  return { source, engine, seen };
}

/** Pushes in order, and their hooks in any order, some twice, some never; null: the head is told of by nobody. */
function hooksOf(commits: readonly string[], random: () => number): readonly string[] {
  const sent = commits.flatMap((commit) => {
    const roll = random();
    if (roll < 0.25) return [];
    return roll < 0.5 ? [commit, commit] : [commit];
  });
  const keyed = sent.map((commit) => ({ commit, key: random() }));
  return keyed.toSorted((left, right) => left.key - right.key).map(({ commit }) => commit);
}

describe('createPolicyRequests()', () => {
  test('refreshPolicies() of 50 random orders of 20 pushes ends at the remote head within 10 s, on that ref alone', async () => {
    const server = await aServer();
    await server.commit({ 'policies/a.yaml': policyText('start') });
    const { source, engine, seen } = await aFollower(server, 2_000);
    const allowed = new Set([source.current().revision as string]);
    const took: number[] = [];
    const seed = 20_261_122;
    const random = createRandom(seed);
    for (let order = 0; order < 50; order += 1) {
      const commits: string[] = [];
      for (let push = 0; push < 20; push += 1) {
        await server.git('commit', '--quiet', '--allow-empty', `--message=${order}.${push}`);
        commits.push(await server.git('rev-parse', 'HEAD'));
      }
      // Another branch moves too, and its commits must never be in force.
      const head = commits.at(-1) ?? '';
      await server.git(
        'push',
        '--quiet',
        '--force',
        'origin',
        'HEAD:refs/heads/main',
        'HEAD~3:refs/heads/other',
      );
      for (const commit of commits) allowed.add(`main@sha1:${commit}`);
      const started = performance.now();
      for (const commit of hooksOf(commits, random)) {
        await engine.requestRefresh({ correlationId: `${order}`, commit });
      }
      await until('the head', () => source.isAt(head), 10_000);
      took.push(performance.now() - started);
    }

    const sorted = took.toSorted((left, right) => left - right);
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
    console.log(
      `R6: seed ${seed}, 50 orders, p50 ${Math.round(sorted[24] ?? 0)} ms, p95 ${Math.round(p95)} ms, ` +
        `max ${Math.round(sorted.at(-1) ?? 0)} ms, ${server.fetches()} fetches`,
    );
    expect(sorted.at(-1)).toBeLessThan(10_000);
    expect(seen.filter((revision) => !allowed.has(revision))).toEqual([]);
  }, 300_000);

  test('refreshPolicies() of 500 identical pushes in 10 s fetches twice at most', async () => {
    const server = await aServer();
    await server.commit({ 'policies/a.yaml': policyText('start') });
    const { source, engine } = await aFollower(server, 3_600_000);
    const commit = await server.commit({ 'policies/a.yaml': policyText('next') });
    const before = { fetches: server.fetches(), looks: server.looks() };

    for (let push = 0; push < 500; push += 1) {
      await engine.requestRefresh({ correlationId: String(push), commit });
      await new Promise((resolve) => setTimeout(resolve, 18));
    }
    await until('the commit', () => source.isAt(commit), 10_000);

    const fetches = server.fetches() - before.fetches;
    const looks = server.looks() - before.looks;
    console.log(`R17: 500 identical pushes, ${fetches} fetches, ${looks} looks at the refs`);
    expect(fetches).toBe(1);
    // A sync asks for the refs once, and a fetch once more.
    expect(looks).toBeLessThanOrEqual(4);
  }, 60_000);

  test('onUnknownRevision() has the source looked at soon, once for many jobs', async () => {
    const server = await aServer();
    await server.commit({ 'policies/a.yaml': policyText('start') });
    const { source, engine } = await aFollower(server, 3_600_000);
    const commit = await server.commit({ 'policies/a.yaml': policyText('next') });
    const before = server.looks();
    const requests = createPolicyRequests(() => ({
      source,
      engine,
      log: keptLog(),
      now: () => new Date(),
      onNew: () => undefined,
    }));

    for (let job = 0; job < 100; job += 1) requests.onUnknownRevision(`main@sha1:${commit}`);
    await until('the commit', () => source.isAt(commit), 5_000);

    expect(server.looks() - before).toBeLessThanOrEqual(2);
  });
});

describe('followOrigin()', () => {
  test('followOrigin() finds a push without a hook within one interval and its jitter', async () => {
    const server = await aServer();
    await server.commit({ 'policies/a.yaml': policyText('start') });
    const { source } = await aFollower(server, 1_000);
    const commit = await server.commit({ 'policies/a.yaml': policyText('next') });
    const started = performance.now();

    await until('the commit', () => source.isAt(commit), 5_000);

    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('awaitFirstSet()', () => {
  test('awaitFirstSet() waits for a remote that is away, and counts each try', async () => {
    const good = { revision: 'sha256:1', policies: [], tests: [] } as const;
    const counted: string[] = [];
    let tries = 0;
    const options = {
      load: async () => {
        tries += 1;
        return await (tries === 1 ? Promise.reject(new Error('away')) : Promise.resolve(good));
      },
      metrics: { recordPolicyLoad: (result: string) => void counted.push(result) },
      log: keptLog(),
      now: () => new Date(),
    };

    const set = await awaitFirstSet({ ...options, signal: new AbortController().signal });

    expect([set, counted]).toEqual([good, ['invalid']]);
    expect(options.log.lines).toMatchObject([{ level: 'error', fields: { again_in_ms: 1_000 } }]);
  });

  test('awaitFirstSet() ends at once when it is told to stop', async () => {
    const stop = new AbortController();
    const waiting = awaitFirstSet({
      load: async () => await Promise.reject(new Error('away')),
      metrics: { recordPolicyLoad: () => undefined },
      log: keptLog(),
      now: () => new Date(),
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 20);

    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
