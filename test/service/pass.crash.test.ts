import { describe, expect, test } from 'vitest';
import { IMAGE } from '../support/tags.ts';
import { aPassBench, type PassBench, told } from './pass-bench.ts';
import { said, storeBench } from './service-bench.ts';

describe('createPass() of a target whose workers died', () => {
  const open = storeBench();

  /** So many processes died in turn over the image, and as many over others as well; the last crash is still to tell. */
  async function crashBefore({ store, now }: PassBench, crashes: number, others = 0) {
    for (let death = 1; death <= crashes; death += 1) {
      const crash = death === 1 ? null : `job:${death - 1}`;
      await store.begin(IMAGE, { crash, process: `dead-${death}` }, now);
    }
    for (let death = 0; death <= others; death += 1) {
      const start = { crash: death === 0 ? null : `other:${death}`, process: `elsewhere-${death}` };
      await store.begin({ ...IMAGE, path: 'another' }, start, now);
    }
    return { crash: crashes === 0 ? null : `job:${crashes}` };
  }

  test.each([
    { crashes: 1, others: 0, was: false, told: `ims-north/${IMAGE.path} drifted` },
    { crashes: 2, others: 0, was: false, told: 'put-off' },
    { crashes: 2, others: 0, was: true, told: `ims-north/${IMAGE.path} drifted` },
    { crashes: 4, others: 0, was: false, told: 'put-off' },
    { crashes: 5, others: 0, was: true, told: 'quarantined' },
    { crashes: 5, others: 10, was: true, told: 'quarantined' },
    { crashes: 5, others: 11, was: true, told: `ims-north/${IMAGE.path} drifted` },
    { crashes: 9, others: 19, was: false, told: 'put-off' },
    { crashes: 10, others: 60, was: true, told: 'quarantined' },
  ])(
    'createPass() after $crashes of its workers died and $others others, put off already: $was, comes to $told',
    async ({ crashes, others, was, told: expected }) => {
      const bench = aPassBench(open());
      const request = await crashBefore(bench, crashes, others);

      const result = await bench.run({ ...request, wasPutOff: was });

      expect(told(result)).toBe(expected);
    },
  );

  test('createPass() does not put a target off again that came through a pass', async () => {
    const bench = aPassBench(open());
    await bench.run({ ...(await crashBefore(bench, 3)), wasPutOff: true });

    const result = await bench.run({ crash: 'job:3' });

    expect(told(result)).toBe(`ims-north/${IMAGE.path} in-sync`);
  });

  test('createPass() lets a target be that comes through its passes, however many of its workers die', async () => {
    const bench = aPassBench(open());
    const results: string[] = [];
    for (let death = 1; death <= 14; death += 1) {
      await crashBefore(bench, 0, 3 * death);
      bench.now = new Date(bench.now.getTime() + 1_000);
      await bench.store.begin(IMAGE, { crash: null, process: `dead-${death}` }, bench.now);
      results.push(told(await bench.run({ crash: `job:${death}` })));
    }

    expect(new Set(results.slice(1))).toEqual(new Set([`ims-north/${IMAGE.path} in-sync`]));
  });

  test('createPass() counts no crash of a worker that was only frozen', async () => {
    const bench = aPassBench(open());
    const request = await crashBefore(bench, 5);
    await bench.store.heard('dead-3');

    const result = await bench.run({ ...request, wasPutOff: true });

    expect(told(result)).toBe(`ims-north/${IMAGE.path} drifted`);
  });

  test('createPass() puts a target off for half a second to four', async () => {
    const delays = await Promise.all(
      [0, 0.5, 1].map(async (random) => {
        const bench = aPassBench(open(), {}, { random: () => random });
        return await bench.run(await crashBefore(bench, 2));
      }),
    );

    expect(delays).toEqual([500, 2_250, 4_000].map((delayMs) => ({ status: 'put-off', delayMs })));
  });

  test('createPass() leaves a target alone for an hour after its fifth crash, told once', async () => {
    const bench = aPassBench(open());
    const request = await crashBefore(bench, 5);

    const first = await bench.run(request);
    const again = await bench.run(request);
    const quarantined = await bench.store.quarantined(bench.now);
    bench.now = new Date(bench.now.getTime() + 3_600_001);
    const later = await bench.run(request);

    expect([first, again]).toEqual([
      { status: 'quarantined', isNew: true },
      { status: 'quarantined', isNew: false },
    ]);
    expect(quarantined).toEqual([{ target: IMAGE, until: new Date('2026-06-01T13:00:00Z') }]);
    expect(bench.provider.calls.length).toBeGreaterThan(0);
    expect(told(later)).toBe(`ims-north/${IMAGE.path} drifted`);
    expect(said(bench.log)[0]).toBe('error target quarantined: its passes took workers down');
  });

  test('createPass() takes a target up again that an operator released', async () => {
    const bench = aPassBench(open());
    await bench.store.quarantine(IMAGE, new Date('2026-06-01T13:00:00Z'));

    await bench.store.release(IMAGE);
    const result = await bench.run();

    expect(told(result)).toBe(`ims-north/${IMAGE.path} drifted`);
  });
});
