import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { redisBench, type StoreBench } from '../store/store-bench.ts';
import { aResourcePolicy } from '../support/policies.ts';
import { IMAGE } from '../support/tags.ts';
import { aPassBench, told } from './pass-bench.ts';

const TAGS = { owner: 'platform', debug: 'x', k1: 'x', k2: 'x', k3: 'x' };
const REACHED = { owner: 'platform', stage: 'prod', k1: 'x', k2: 'x', k3: 'x' };
const WANTED = { ensure: { stage: 'prod' }, remove: [{ by: 'glob', glob: 'debug' }] } as const;

describe('guardsOf()', () => {
  let bench: StoreBench;

  beforeAll(async () => {
    bench = await redisBench();
  });

  /** A newer release has been at the target before. */
  beforeEach(async () => {
    await bench.clear();
    await aPassBench(bench.store, TAGS).run();
    await bench.setVersion(2);
  });

  afterAll(async () => {
    await bench.close();
  });

  test('lets nothing be deleted where a newer release keeps the record', async () => {
    const pass = aPassBench(bench.store, TAGS);
    pass.set = { ...pass.set, policies: [aResourcePolicy(WANTED)] };

    const report = await pass.run();

    expect(report).toMatchObject({
      status: 'refused',
      plan: {
        verdict: {
          reasons: [expect.stringContaining('1 of 5 tags go (20 %), at most 0 % may')],
        },
      },
    });
    expect(Object.fromEntries(pass.provider.state)).toEqual(TAGS);
    expect(pass.log.lines.map(({ message }) => message)).toContain(
      'a newer release keeps the record of the target: it is left alone, and nothing is deleted',
    );
    await bench.setVersion(1);
    expect((await bench.store.target(IMAGE))?.status).toBe('in-sync');
  });

  test('lets the same plan pass where this release keeps the record', async () => {
    await bench.setVersion(1);
    const pass = aPassBench(bench.store, TAGS);
    pass.set = { ...pass.set, policies: [aResourcePolicy(WANTED)] };

    await pass.run();

    expect(Object.fromEntries(pass.provider.state)).toEqual(REACHED);
  });

  test('lets adds be made where a newer release keeps the record', async () => {
    const pass = aPassBench(bench.store, TAGS);
    pass.set = { ...pass.set, policies: [aResourcePolicy({ ensure: { stage: 'prod' } })] };

    await pass.run();

    expect(Object.fromEntries(pass.provider.state)).toEqual({ ...TAGS, stage: 'prod' });
  });

  test('createPass() does not forget what a newer release keeps of the target of a suspended policy', async () => {
    const pass = aPassBench(bench.store, TAGS);
    pass.set = { ...pass.set, policies: [aResourcePolicy({}, { suspend: true })] };

    expect(told(await pass.run())).toBe('unselected');
    await bench.setVersion(1);
    expect((await bench.store.target(IMAGE))?.baseline).toBe(5);
  });
});
