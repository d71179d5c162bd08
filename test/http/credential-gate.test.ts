import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AttemptFailure } from '../../src/http/attempt-failure.ts';
import { createCredentialGate } from '../../src/http/credential-gate.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { calm, failureOf } from './support/failure.ts';

const REFUSED = new ReconcileError('PROVIDER_AUTH', 'Cannot sign in');

describe('createCredentialGate()', () => {
  test('lets one of 500 first requests out when the credential is refused', async () => {
    const gate = createCredentialGate(() => new Date());
    let sent = 0;

    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, () =>
        gate.pass(async () => {
          sent += 1;
          await sleep(5);
          throw REFUSED;
        }, calm()),
      ),
    );

    expect(sent).toBe(1);
    expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true);
  });

  test('lets all follow together once one request proved the credential', async () => {
    const gate = createCredentialGate(() => new Date());
    let inFlight = 0;
    let most = 0;

    await Promise.all(
      Array.from({ length: 50 }, () =>
        gate.pass(async () => {
          inFlight += 1;
          most = Math.max(most, inFlight);
          await sleep(5);
          inFlight -= 1;
        }, calm()),
      ),
    );

    expect(most).toBe(49);
  });

  test('refuses for five minutes, tells how long, and then probes once more', async () => {
    let nowMs = 1_000_000;
    const gate = createCredentialGate(() => new Date(nowMs));
    await failureOf(gate.pass(() => Promise.reject(REFUSED), calm()));

    nowMs += 299_000;
    const early = await failureOf(gate.pass(async () => 'sent', calm()));
    nowMs += 1_000;
    const late = await gate.pass(async () => 'sent', calm());

    expect(early).toMatchObject({ code: 'PROVIDER_AUTH', retryAfterMs: 1_000 });
    expect(late).toBe('sent');
  });

  test('refuses a credential that worked before and was then revoked', async () => {
    const gate = createCredentialGate(() => new Date());
    await gate.pass(async () => 'sent', calm());
    await failureOf(gate.pass(() => Promise.reject(REFUSED), calm()));

    expect(() => gate.check()).toThrow('Cannot sign in');
  });

  test('counts an unanswered probe as a failed attempt of all who waited, not sent', async () => {
    const gate = createCredentialGate(() => new Date());
    const unanswered = new AttemptFailure(
      { kind: 'fault', mayHaveRun: true, retryAfterMs: 7 },
      'TIMEOUT',
    );
    let sent = 0;

    const probe = gate.pass(async () => {
      await sleep(5);
      throw unanswered;
    }, calm());
    const waiting = gate.pass(async () => (sent += 1), calm());

    await expect(probe).rejects.toBe(unanswered);
    await expect(waiting).rejects.toMatchObject({
      kind: 'fault',
      mayHaveRun: false,
      retryAfterMs: 7,
      message: 'TIMEOUT',
    });
    expect(sent).toBe(0);
  });

  test('hands the probe on when it fails for a reason of its own', async () => {
    const gate = createCredentialGate(() => new Date());

    const cancelled = gate.pass(async () => {
      await sleep(5);
      throw new Error('cancelled');
    }, calm());
    const others = [1, 2, 3].map((number) => gate.pass(async () => number, calm()));

    await expect(cancelled).rejects.toThrow('cancelled');
    await expect(Promise.all(others)).resolves.toEqual([1, 2, 3]);
  });

  test('stops waiting for a probe when it is aborted', async () => {
    const gate = createCredentialGate(() => new Date());
    const stop = new AbortController();
    const probe = gate.pass(() => sleep(50, 'sent'), calm());

    const waiting = gate.pass(async () => 'sent', stop.signal);
    stop.abort(new Error('stopped'));

    await expect(waiting).rejects.toThrow('stopped');
    await expect(probe).resolves.toBe('sent');
  });

  test('is not stuck by a probe that was aborted: the next in line probes', async () => {
    const gate = createCredentialGate(() => new Date());
    const stop = new AbortController();
    const hanging = gate.pass(() => sleep(60_000, 'sent', { signal: stop.signal }), stop.signal);
    const waiting = [1, 2, 3].map((number) => gate.pass(async () => number, calm()));

    stop.abort();

    await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
    await expect(Promise.all(waiting)).resolves.toEqual([1, 2, 3]);
  });

  test('is not opened by an answer to a request that was sent before the refusal', async () => {
    const gate = createCredentialGate(() => new Date());
    await gate.pass(async () => 'proved', calm());
    const late = gate.pass(() => sleep(10, 'late'), calm());
    await failureOf(gate.pass(() => Promise.reject(REFUSED), calm()));

    await late;

    expect((await failureOf(gate.pass(async () => 'sent', calm()))).code).toBe('PROVIDER_AUTH');
  });

  test('lets one out after the cool-down, and refuses for another five minutes when it fails', async () => {
    let nowMs = 0;
    const gate = createCredentialGate(() => new Date(nowMs));
    await failureOf(gate.pass(() => Promise.reject(REFUSED), calm()));
    nowMs += 300_000;
    let sent = 0;
    const refuse = async (): Promise<never> => {
      sent += 1;
      await sleep(5);
      throw REFUSED;
    };

    const errors = await Promise.all(
      Array.from({ length: 20 }, () => failureOf(gate.pass(refuse, calm()))),
    );

    expect(sent).toBe(1);
    expect(errors.at(-1)).toMatchObject({ code: 'PROVIDER_AUTH', retryAfterMs: 300_000 });
  });
});
