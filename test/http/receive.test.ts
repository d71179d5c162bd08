import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Received, Reception, textOf } from '../../src/http/receive.ts';

const ASK = { method: 'GET', path: '/' } as const;

let server: Server;
let pool: Pool;
let answer: (response: ServerResponse) => void;
let asked: number;

beforeEach(async () => {
  asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    answer(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await pool.destroy();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function receive(from: Pool, reception = new Reception()): Promise<Received> {
  from.dispatch(ASK, reception);
  return await reception.received;
}

describe('Reception', () => {
  test('Reception joins the parts of an answer, and the values of a header that comes twice', async () => {
    answer = (response) => {
      response.writeHead(404, { 'X-Twice': ['one', 'two'] });
      response.write('a');
      setTimeout(() => response.end('b'), 20);
    };

    const { status, headers, body } = await receive(pool);

    expect(status).toBe(404);
    expect(headers['x-twice']).toBe('one, two');
    expect(textOf(body)).toBe('ab');
  });

  test('Reception waits for the answer behind a head that only informs', async () => {
    answer = (response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(204).end();
    };

    const { status, headers, body } = await receive(pool);

    expect(status).toBe(204);
    expect(headers).not.toHaveProperty('link');
    expect(body).toHaveLength(0);
  });

  test('Reception sends nothing once it was broken off', async () => {
    answer = (response) => void response.end('{}');

    const reception = new Reception();
    reception.abort(new Error('too late'));

    const receiving = receive(pool, reception);

    await expect(receiving).rejects.toThrow('too late');
    expect(asked).toBe(0);
  });

  test('Reception gives up a request that still waits for a connection, and never sends it', async () => {
    const responses: ServerResponse[] = [];
    answer = (response) => void responses.push(response);
    const narrow = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      connections: 1,
    });
    const first = receive(narrow);
    const reception = new Reception();
    const second = receive(narrow, reception);
    await expect.poll(() => responses.length).toBe(1);

    reception.abort(new Error('too late'));
    await expect(second).rejects.toThrow('too late');
    responses[0]?.end('{}');
    await first;
    await narrow.close();

    expect(asked).toBe(1);
  });

  test('Reception ends with the reason when it is broken off within the body', async () => {
    const reception = new Reception();
    answer = (response) => {
      response.writeHead(200).write('a');
      setTimeout(() => reception.abort(new Error('enough')), 20);
    };

    const receiving = receive(pool, reception);

    await expect(receiving).rejects.toThrow('enough');
  });
});

describe('textOf()', () => {
  test.each([
    { bytes: [0xef, 0xbb, 0xbf, 0x7b, 0x7d], text: '{}' },
    { bytes: [0xef, 0xbb], text: '\ufffd' },
    { bytes: [0x7b, 0xef, 0xbb, 0xbf, 0x7d], text: '{\ufeff}' },
    { bytes: [], text: '' },
  ])('textOf() reads $bytes as $text', ({ bytes, text }) => {
    const read = textOf(Buffer.from(bytes));

    expect(read).toBe(text);
  });
});
