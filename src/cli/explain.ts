import { createColors } from 'picocolors';
import { planInputOf } from '../check/run-test.ts';
import { readVersion } from '../config/version.ts';
import { ReconcileError } from '../model/errors.ts';
import { type Target, targetKey } from '../model/target.ts';
import { type Explanation, explainTarget } from '../plan/explain.ts';
import { type PlanInput, planTarget } from '../plan/plan.ts';
import { type Explained, explanationsJson, renderExplanations } from '../report/explain.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { ExplainFlags } from './flags.ts';
import { parseTarget } from './one-target.ts';
import { kindOf, loadTests } from './policy-tests.ts';

type Options = ExplainFlags & { readonly target: string; readonly tag: string | null };

/** `explain TARGET [TAG]`: which rule decided, which lost and why; of the live target, or of a snapshot. */
export async function explain(options: Options, context: CliContext): Promise<ExitCode> {
  const target = parseTarget(options.target, context);
  if (target === null) return EXIT.usage;
  const input =
    options.snapshot === undefined
      ? await lookLive(target, options, context)
      : await lookUp(target, options.snapshot, { options, context });
  const plan = planTarget(input);
  const explanations = explainTarget(input, options.tag).map(nearby);
  const explained = { input, plan, explanations };
  printExplained(explained, options, context);
  return EXIT.ok;
}

async function lookLive(
  target: Target,
  { config, policies }: Options,
  context: CliContext,
): Promise<PlanInput> {
  const app = await context.openApp({
    configFile: config ?? null,
    policyFolder: policies ?? null,
  });
  try {
    return await app.look(target, context.interruption.signal);
  } finally {
    await app.close();
  }
}

interface Invocation {
  readonly options: Options;
  readonly context: CliContext;
}

/** The target as the snapshot holds it; nothing is contacted. */
async function lookUp(
  target: Target,
  file: string,
  { options: { policies, config }, context }: Invocation,
): Promise<PlanInput> {
  const place = { path: file, policies: policies ?? null, configFile: config ?? null };
  const key = targetKey(target);
  if ((await kindOf(file)) === null) {
    throw new ReconcileError(
      'POLICY_INVALID',
      `Cannot explain "${key}": snapshot "${file}" is not there, wanted a file that tagwarden snapshot wrote`,
    );
  }
  const { set, tests } = await loadTests(place, context);
  const [found, ...others] = tests.filter((test) => targetKey(test.target) === key);
  if (found === undefined) {
    const held = [...new Set(tests.map((test) => targetKey(test.target)))].join(', ');
    throw new ReconcileError(
      'POLICY_INVALID',
      `Cannot explain "${key}": snapshot "${file}" does not hold it, wanted ${held === '' ? 'a PolicyTest in it' : `one of ${held}`}`,
    );
  }
  if (others.length > 0) {
    const count = others.length + 1;
    context.stderr.write(
      `note: ${count} tests of "${file}" are about ${key}; the first, "${found.name}", is explained\n`,
    );
  }
  return planInputOf(found, { set, capabilitiesOf: await context.loadCapabilities() });
}

/** Places below the working directory without it: the shell knows where it stands. */
function nearby(explanation: Explanation): Explanation {
  const { decision } = explanation;
  const here = `${process.cwd()}/`;
  if (decision?.position.startsWith(here) !== true) return explanation;
  return {
    ...explanation,
    decision: { ...decision, position: decision.position.slice(here.length) },
  };
}

function printExplained(explained: Explained, { output, tag }: Options, context: CliContext): void {
  const { stdout, stderr } = context;
  const colors = createColors(wantsColor(context, stdout));
  stdout.write(
    output === 'json'
      ? `${JSON.stringify(explanationsJson(explained, readVersion()), null, 2)}\n`
      : renderExplanations(explained, { colors, columns: stdout.columns ?? null }),
  );
  if (explained.explanations.length > 0) return;
  const what = tag === null ? 'no tag is listed and no rule names one' : `nothing knows "${tag}"`;
  stderr.write(`note: ${what} at ${targetKey(explained.input.target)}\n`);
}
