import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { concurrencyContract } from './concurrency.contract.ts';
import { confirmContract } from './confirm.contract.ts';
import { crashContract } from './crash.contract.ts';
import { deliveryContract } from './delivery.contract.ts';
import { factContract } from './fact.contract.ts';
import { faultContract } from './fault.contract.ts';
import { finishAllContract } from './finish-all.contract.ts';
import { fleetContract } from './fleet.contract.ts';
import { modelContract } from './model.contract.ts';
import { runContract } from './run.contract.ts';
import { standingContract } from './standing.contract.ts';
import type { StoreBench } from './store-bench.ts';
import { targetContract } from './target.contract.ts';
import { togetherContract } from './together.contract.ts';

/** A database that starts on a machine with much else to do. */
const OPEN_MS = 120_000;

/** What every store must do, whatever keeps it. */
export function describeStore(name: string, openBench: () => Promise<StoreBench>): void {
  describe.each([{ name }])('$name', () => {
    let opened: StoreBench | null = null;
    const bench = (): StoreBench => {
      if (opened === null) throw new Error('Cannot test: the bench is not open yet');
      return opened;
    };

    beforeAll(async () => {
      opened = await openBench();
    }, OPEN_MS);
    beforeEach(async () => await bench().clear());
    afterAll(async () => await opened?.close());

    targetContract(bench);
    confirmContract(bench);
    finishAllContract(bench);
    crashContract(bench);
    runContract(bench);
    fleetContract(bench);
    deliveryContract(bench);
    factContract(bench);
    concurrencyContract(bench);
    standingContract(bench);
    togetherContract(bench);
    modelContract(bench);
    faultContract(bench);
  });
}
