import type { Operation, Verdict } from '../model/plan.ts';
import { type Target, targetKey } from '../model/target.ts';
import type { Explanation } from '../plan/explain.ts';
import { FORMAT_VERSION, type JsonObject } from './json.ts';
import type { Palette, TextOptions } from './text.ts';
import { escapeControls, renderChange, shorten, shortValue, wrapText } from './words.ts';

/** A target and the explanations of its names. */
export interface Explained {
  readonly input: {
    readonly target: Target;
    readonly policies: readonly { readonly name: string }[];
    readonly listing: { readonly tags: readonly { readonly name: string }[] };
    readonly now: Date;
  };
  readonly plan: {
    readonly digest: string;
    readonly verdict: Verdict;
    readonly operations: readonly Operation[];
  };
  readonly explanations: readonly Explanation[];
}

/** For each name: what it is bound to and will be, the rule that decided, the rules that lost, the evidence. */
export function renderExplanations(
  explained: Explained,
  { colors, columns = null }: Omit<TextOptions, 'summary'>,
): string {
  const { input, plan, explanations } = explained;
  const policies = input.policies.map(({ name }) => name).join(', ');
  const head = [
    `${colors.bold(escapeControls(targetKey(input.target)))} at ${input.now.toISOString()}`,
    `  ${colors.dim(policies === '' ? 'no policy selects this target' : `policies: ${policies}`)}`,
  ];
  const refused = plan.verdict.safe ? [] : plan.verdict.reasons;
  const reasons = refused.map((reason) => `  ${colors.red('! refused')} ${escapeControls(reason)}`);
  const listed = new Set(input.listing.tags.map(({ name }) => name));
  const blocks = explanations.flatMap((explanation) => {
    const { tag } = explanation;
    const operation = plan.operations.find((planned) => planned.tag === tag) ?? null;
    const becomes =
      operation === null ? staysAs(explanation, listed.has(tag)) : changeOf(operation);
    return [
      '',
      `${colors.bold(escapeControls(tag))}  ${becomes}`,
      ...renderOne(explanation, colors, columns),
    ];
  });
  return [...head, ...reasons, ...blocks].map((line) => `${line}\n`).join('');
}

/** Columns that the labels on the left take. */
const LABEL_COLUMNS = 12;

function renderOne(
  { decision, lost, evidence }: Explanation,
  color: Palette,
  columns: number | null,
): string[] {
  const row = (label: string, text: string): string => `  ${color.dim(label.padEnd(8))}  ${text}`;
  const prose = (label: string, text: string): string[] =>
    wrapText(shorten(text), columns === null ? null : columns - LABEL_COLUMNS).map((line, index) =>
      row(index === 0 ? label : '', line),
    );
  const decided =
    decision === null
      ? [row('decided', 'by no rule')]
      : [
          row('decided', `${color.green(ruleOf(decision))} ${color.dim(`(${decision.position})`)}`),
          ...prose('', decision.because),
        ];
  const losers = lost.flatMap((loser) => [
    row('lost', color.yellow(ruleOf(loser))),
    ...prose('', loser.why),
  ]);
  const facts = evidence.flatMap((fact, index) => prose(index === 0 ? 'evidence' : '', fact));
  return [...decided, ...losers, ...facts];
}

function ruleOf({ policy, rule }: { readonly policy: string; readonly rule: string }): string {
  return escapeControls(`${policy} ${rule}`);
}

function changeOf(operation: Operation): string {
  const change = renderChange(operation);
  if (operation.type !== 'delete') {
    return operation.replaces === null ? `is added: ${change}` : `changes: ${change}`;
  }
  return change === '' ? 'is deleted' : `is deleted, was ${change}`;
}

function staysAs({ current }: Explanation, isListed: boolean): string {
  if (!isListed) return 'is not there and stays so';
  return current === null ? 'stays' : `stays ${shortValue(current)}`;
}

/** The same as one object, digests whole. */
export function explanationsJson(
  { input, plan, explanations }: Explained,
  toolVersion: string,
): JsonObject {
  return {
    format_version: FORMAT_VERSION,
    tool_version: toolVersion,
    target: targetKey(input.target),
    now: input.now.toISOString(),
    policies: input.policies.map(({ name }) => name),
    digest: plan.digest,
    verdict: { ...plan.verdict },
    tags: explanations.map(explanationJson),
  };
}

/** One name. */
export function explanationJson(explanation: Explanation): JsonObject {
  const { tag, current, planned, decision, lost, evidence } = explanation;
  return {
    tag,
    current,
    planned,
    decision: decision === null ? null : { ...decision },
    lost: lost.map((loser) => ({ ...loser })),
    evidence: [...evidence],
  };
}
