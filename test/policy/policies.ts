import type { Policy, PolicySet } from '../../src/model/policy.ts';
import { PolicyErrors, type PolicyIssue } from '../../src/policy/issue.ts';
import { parsePolicies } from '../../src/policy/parse.ts';

/** A resource policy with these lines under `spec`; mode, targets and rules are filled in when not given. */
export function resourceYaml(spec: string, name = 'labels'): string {
  const lines = [
    `apiVersion: tagwarden/v1\nkind: ResourceTagPolicy\nmetadata: { name: ${name} }\nspec:`,
    ...(spec.includes('mode:') ? [] : ['  mode: sync']),
    ...(spec.includes('targets:')
      ? []
      : ['  targets: [{ account: ims-north, images: { name: "*" } }]']),
    ...(/^ *tags:/m.test(spec) ? [] : ['  tags: { ensure: { owner: platform } }']),
    ...(spec === '' ? [] : [`  ${spec}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** An image-tag policy likewise. */
export function imageYaml(spec: string, name = 'shop'): string {
  const lines = [
    `apiVersion: tagwarden/v1\nkind: ImageTagPolicy\nmetadata: { name: ${name} }\nspec:\n  mode: sync`,
    ...(spec.includes('targets:')
      ? []
      : ['  targets: [{ account: swr-north, repositories: ["**"] }]']),
    `  ${spec}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The set of one file `a.yaml`. */
export function setOf(...documents: readonly string[]): PolicySet {
  return parsePolicies([{ path: 'a.yaml', text: documents.join('---\n') }]);
}

/** The only policy of a document. */
export function policyOf(document: string): Policy {
  const [policy] = setOf(document).policies;
  if (policy === undefined) throw new Error('no policy');
  return policy;
}

/** What is wrong with a file `a.yaml`. */
export function issuesOf(text: string): readonly PolicyIssue[] {
  try {
    parsePolicies([{ path: 'a.yaml', text }]);
  } catch (error) {
    if (error instanceof PolicyErrors) return error.issues;
    throw error;
  }
  return [];
}

/** `line:column code` of each issue. */
export function placesOf(text: string): readonly string[] {
  return issuesOf(text).map(({ line, column, code }) => `${line}:${column} ${code}`);
}
