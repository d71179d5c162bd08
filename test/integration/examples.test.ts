import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPolicyTest } from '../../src/check/run-test.ts';
import type { App, SweepRequest } from '../../src/cli/app.ts';
import { writeDemoConfig } from '../../src/cli/demo-world.ts';
import { openApp } from '../../src/compose.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { Report } from '../../src/model/report.ts';
import { targetKey } from '../../src/model/target.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { capabilitiesOfProvider } from '../../src/service/validate.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

const FILES = globSync('policies/**/*.yaml').sort();
const set = parsePolicies(FILES.map((path) => ({ path, text: readFileSync(path, 'utf8') })));
const bench = { set, capabilitiesOf: capabilitiesOfProvider };

describe('the example policies', () => {
  test('are eight or more', () => {
    expect(set.policies.length).toBeGreaterThanOrEqual(8);
  });

  test.each(FILES)(
    '%s starts with the comment that editors read, and it leads to the schema',
    (file) => {
      const [first = ''] = readFileSync(file, 'utf8').split('\n');

      const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
      expect(resolve(dirname(file), schema)).toBe(resolve('schemas/policy.schema.json'));
    },
  );

  test.each(set.tests.map((one) => [one.name, one] as const))('pass test %s', (_name, one) => {
    const result = runPolicyTest(one, bench);

    expect(result).toMatchObject({ status: 'passed' });
  });

  test.each(set.policies.map(({ name }) => name))('%s has a test that plans something', (name) => {
    const planned = set.tests.flatMap(({ expect: { operations }, policies }) =>
      policies?.includes(name) === true ? operations : [],
    );

    expect(planned).not.toEqual([]);
  });
});

describe('the example policies on the simulated clouds', () => {
  const current: { folder?: string; simulator?: Simulator; app?: App } = {};
  const sweep = async (dryRun: boolean): Promise<readonly Report[]> => {
    if (current.app === undefined) throw new Error('not set up');
    const request: SweepRequest = {
      target: null,
      dryRun,
      confirmed: new Set(),
      expected: null,
      onReport: () => undefined,
    };
    return await current.app.sweep(request, new AbortController().signal);
  };

  beforeAll(async () => {
    current.folder = await mkdtemp(join(tmpdir(), 'tagwarden-examples-'));
    current.simulator = await startSimulator();
    const configFile = await writeDemoConfig(
      current.folder,
      resolve('policies'),
      current.simulator,
    );
    const options = { configFile, policyFolder: null };
    current.app = await openApp(options, readEnvironment({}), () => undefined);
  });
  afterAll(async () => {
    await current.app?.close();
    await current.simulator?.close();
    if (current.folder !== undefined) await rm(current.folder, { recursive: true, force: true });
  });

  test('are planned without refusal or conflict, applied, and then have nothing to do', async () => {
    const planned = await sweep(true);
    const applied = await sweep(false);
    const writes = current.simulator?.journal.entries.length ?? 0;
    const again = await sweep(false);

    expect(statusesOf(planned, ['refused', 'unknown'])).toEqual([]);
    expect(errorsOf(planned)).toEqual([]);
    expect(outcomesOf(applied)).toEqual(new Set(['applied']));
    expect(writes).toBeGreaterThan(40);
    expect(statusesOf(again, ['refused', 'unknown', 'drifted'])).toEqual([]);
    expect(current.simulator?.journal.entries).toHaveLength(writes);
  });

  test('select at least one target each', async () => {
    const attributes = await Promise.all(
      (await sweep(true)).map(async ({ target }) => {
        return await current.app?.look(target, new AbortController().signal);
      }),
    );

    const selecting = new Set(
      attributes.flatMap((input) => input?.policies ?? []).map(({ name }) => name),
    );
    expect([...selecting].sort()).toEqual(set.policies.map(({ name }) => name).sort());
  });
});

function statusesOf(reports: readonly Report[], statuses: readonly Report['status'][]): string[] {
  return reports
    .filter(({ status }) => statuses.includes(status))
    .map(({ status, target }) => `${targetKey(target)} ${status}`);
}

/** A conflict is an error among the findings. */
function errorsOf(reports: readonly Report[]): string[] {
  return reports
    .flatMap((report) => (report.status === 'unknown' ? [] : report.plan.findings))
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
}

function outcomesOf(reports: readonly Report[]): ReadonlySet<string | undefined> {
  return new Set(
    reports.flatMap((report) =>
      report.status === 'unknown' ? [] : report.performed.map(({ outcome }) => outcome?.status),
    ),
  );
}
