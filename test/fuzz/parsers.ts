import { parseConfig } from '../../src/config/load.ts';
import { parseRetryAfter } from '../../src/http/retry.ts';
import { globMatcher } from '../../src/model/glob.ts';
import { checkPolicies } from '../../src/policy/check.ts';
import { parseDuration } from '../../src/policy/duration.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { compilePattern } from '../../src/policy/pattern.ts';
import { parseSchedule } from '../../src/policy/schedule.ts';
import { inRange, parseRange, parseVersion } from '../../src/policy/semver.ts';
import { parseTemplate, renderTemplate } from '../../src/policy/template.ts';
import { parseJob } from '../../src/queue/jobs.ts';
import { decode, decodePause } from '../../src/store/codec.ts';
import {
  IntentSchema,
  OutcomeSchema,
  RecordSchema,
  RunHeaderSchema,
} from '../../src/store/schemas.ts';
import { createApiInputs, takeCursor } from './api-inputs.ts';
import type { CloudAnswers } from './cloud-answers.ts';
import { takeDelivery } from './delivery.ts';
import { createFileInputs, NO_ENVIRONMENT, takeReceivers } from './file-inputs.ts';
import type { Parser } from './fuzz.ts';
import { takeGitPlace, takeGitTree } from './git-inputs.ts';
import { refusal, split } from './refusal.ts';

const LONG = 65_536;

/** Everything that reads text from outside, with the folder of its corpus as its name. */
export function createParsers(clouds: CloudAnswers): Readonly<Record<string, Parser>> {
  const files = createFileInputs();
  return {
    policy: {
      // 64 KiB of YAML take their time, also where nothing is wrong with them.
      limitMs: 1_500,
      parse: (text) => checkPolicies(parsePolicies([{ path: 'a.yaml', text }]), new Map()),
    },
    config: {
      limitMs: 1_500,
      parse: (text) => parseConfig('tagwarden.yaml', text, NO_ENVIRONMENT),
    },
    pattern: {
      parse(text) {
        const [pattern, subject] = split(text);
        const times = Math.ceil(LONG / Math.max(1, subject.length));
        return compilePattern(pattern).matches(subject.repeat(times).slice(0, LONG));
      },
    },
    glob: {
      parse(text) {
        const [glob, name] = split(text);
        return asPolicyError(() => globMatcher([glob])(name.slice(0, 1_000)));
      },
    },
    template: {
      parse(text) {
        const [template, name] = split(text);
        return renderTemplate(parseTemplate(template), { 'image.name': name, major: '1' });
      },
    },
    texts: {
      parse(text) {
        const [kind, value] = split(text);
        switch (kind) {
          case 'duration':
            return parseDuration(value);
          case 'cron':
            return parseSchedule.cron(value);
          case 'zone':
            return parseSchedule.timeZone(value);
          case 'retry-after':
            return parseRetryAfter(value, new Date('2026-11-22T00:00:00Z'));
          default: {
            const version = parseVersion(value);
            const range = parseRange(value);
            return version !== null && inRange(version, { range, prerelease: true });
          }
        }
      },
    },
    job: {
      parse(text) {
        const data = parseJson(text);
        const kind = ['tick', 'sweep', 'reconcile', 'refresh'] as const;
        return parseJob(kind[text.length % kind.length] ?? 'tick', { id: '1', data });
      },
    },
    record: {
      parse(text) {
        decodePause('all', text);
        const read = [RecordSchema, RunHeaderSchema, IntentSchema, OutcomeSchema].map((schema) =>
          decode<unknown>(schema, text),
        );
        if (read.every((found) => found === null)) throw refusal('no record');
      },
    },
    delivery: { parse: takeDelivery },
    'git-place': { parse: takeGitPlace },
    // The links of a tree may be many: what is looked at for them has a limit of its own.
    'git-tree': { limitMs: 1_500, parse: takeGitTree },
    api: { parse: createApiInputs() },
    cursor: { parse: takeCursor },
    receivers: { limitMs: 1_500, parse: takeReceivers },
    // Thousands of lines, each with its hash.
    audit: { limitMs: 500, parse: files.audit },
    plan: { parse: files.plan },
    'huawei-ims': { parse: async (text) => await clouds.ask('huawei-ims', text) },
    'huawei-swr': { parse: async (text) => await clouds.ask('huawei-swr', text) },
    'ucloud-uhub': { parse: async (text) => await clouds.ask('ucloud-uhub', text) },
  };
}

/** Globs are refused with a SyntaxError, which the policy parser turns into its own kind. */
function asPolicyError<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal(error.message);
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('not JSON');
  }
}
