import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, READ, startBench } from './support/bench.ts';

describe('exchange()', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(async () => await bench.close());

  test.each([
    {
      what: 'names the delivery or sweep that a request is for',
      requestId: () => 'delivery-7',
      agent: 'tagwarden (delivery-7)',
      id: 'delivery-7',
    },
    {
      what: 'names itself alone outside of any work',
      requestId: () => null,
      agent: 'tagwarden',
      id: undefined,
    },
  ])('exchange() $what', async ({ requestId, agent, id }) => {
    const client = bench.connect({ requestId });

    await client.send(READ, new AbortController().signal);

    const headers = bench.server.received.at(-1)?.headers;
    expect(headers?.['user-agent']).toBe(agent);
    expect(headers?.['x-request-id']).toBe(id);
  });

  test('exchange() keeps the connection of a request that HTTP does not allow for the next one', async () => {
    const client = bench.connect({ limits: { requestsPerSecond: 100, burst: 9, concurrency: 1 } });
    const { signal } = new AbortController();
    const headers = { 'X-Name': 'two\nlines' };

    await expect(client.send({ ...READ, headers }, signal)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
    });

    expect(await client.send(READ, signal)).toMatchObject({ status: 200 });
  });
});
