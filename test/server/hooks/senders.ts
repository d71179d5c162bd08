import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HookType } from '../../../src/config/hooks.ts';
import type { Ask } from '../../../src/server/hooks/targets.ts';

/** Header lines in order, so that one can be sent twice. */
export type Lines = readonly (readonly [string, string])[];

/** One sender as the contract describes it. */
export interface Sender {
  readonly type: HookType;
  /** File in payloads/. */
  readonly payload: string;
  readonly contentType: string;
  readonly headers: Lines;
  /** Where the proof stands: a header with what comes before the proof, or the URL. */
  readonly proof: { readonly header: string; readonly prefix: string } | 'url';
  /** The proof for these bytes. */
  readonly sign: (body: Buffer, secret: string) => string;
  /** True: the proof covers the body, not just the sender. */
  readonly covers: boolean;
  readonly secret: string;
  readonly other: string;
  readonly expects: Ask;
}

export const NOW = new Date('2026-06-01T12:00:00Z');
export const SECRET = 'a-secret-of-more-than-24-bytes';
export const OTHER = 'another-secret-of-24-bytes-and-more';
export const WHSEC = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
export const OTHER_WHSEC = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

const TARGET: Ask = { type: 'targets', targets: [{ account: 'swr', path: 'shop/web' }] };
const hex = (body: Buffer, secret: string) =>
  createHmac('sha256', secret).update(body).digest('hex');
const clear = (_body: Buffer, secret: string) => secret;
const json = 'application/json';

const refresh = (commit: string): Ask => ({ type: 'policies', commit });

interface Given {
  readonly type: HookType;
  readonly proof: Sender['proof'];
  readonly sign: Sender['sign'];
  readonly headers?: Lines;
  readonly contentType?: string;
  readonly expects?: Ask;
  readonly payload?: string;
  readonly secrets?: readonly [string, string];
}

function sender(given: Given): Sender {
  const { secrets = [SECRET, OTHER], headers = [], contentType = json, expects = TARGET } = given;
  const { type, proof, sign, payload = type } = given;
  const covers = sign !== clear;
  const [secret, other] = secrets;
  return { type, payload, contentType, headers, proof, sign, covers, secret, other, expects };
}

/** Signature of the Standard Webhooks, version 1. */
export function standardMac(id: string, timestamp: string, body: Buffer, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  return mac.digest('base64');
}

export const SECONDS = String(NOW.getTime() / 1_000);
const standard = {
  proof: { header: 'webhook-signature', prefix: 'v1,' },
  sign: (body: Buffer, secret: string) => standardMac('msg_1', SECONDS, body, secret),
  secrets: [WHSEC, OTHER_WHSEC],
} as const;
const standardHeaders = [
  ['webhook-id', 'msg_1'],
  ['webhook-timestamp', SECONDS],
] as const;
const github = { header: 'x-hub-signature-256', prefix: 'sha256=' };
const bearer = { header: 'authorization', prefix: 'Bearer ' };
const verbatim = { header: 'authorization', prefix: '' };

const githubHeaders = (event: string): Lines => [
  ['x-github-event', event],
  ['x-github-delivery', '72d3162e-cc78-11e3-81ab-4c9367dc0958'],
  ['x-hub-signature', `sha1=${'0'.repeat(40)}`],
];
const gitlabHeaders: Lines = [
  ['x-gitlab-event', 'Push Hook'],
  ['x-gitlab-event-uuid', '13792a34-cac6-4fda-95a8-c58e00a3954e'],
  ['idempotency-key', 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f'],
];
const AFTER = {
  github: refresh('0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c'),
  gitlab: refresh('da1560886d4f094c3e6c9ef40349f7d38b5d27d7'),
  gitea: refresh('bffeb74224043ba2feb48d137756c8a9331c449a'),
};

/** Every type, those with two forms twice, with what its recorded payload asks for. */
export const SENDERS: Readonly<Record<string, Sender>> = {
  'github-push': sender({
    type: 'github-push',
    proof: github,
    sign: hex,
    headers: githubHeaders('push'),
    expects: AFTER.github,
  }),
  'gitlab-push with a token': sender({
    type: 'gitlab-push',
    proof: { header: 'x-gitlab-token', prefix: '' },
    sign: clear,
    headers: gitlabHeaders,
    expects: AFTER.gitlab,
  }),
  'gitlab-push, signed': sender({
    ...standard,
    type: 'gitlab-push',
    headers: [...gitlabHeaders, ...standardHeaders],
    expects: AFTER.gitlab,
  }),
  'gitea-push': sender({
    type: 'gitea-push',
    proof: { header: 'x-gitea-signature', prefix: '' },
    sign: hex,
    headers: [
      ['x-gitea-event', 'push'],
      ['x-gitea-delivery', 'f6266f16-1bf3-46a5-9ea4-602e06ead473'],
    ],
    expects: AFTER.gitea,
  }),
  harbor: sender({ type: 'harbor', proof: verbatim, sign: clear }),
  'harbor, CloudEvents': sender({
    type: 'harbor',
    payload: 'harbor-cloudevents',
    contentType: 'application/cloudevents+json',
    proof: verbatim,
    sign: clear,
  }),
  distribution: sender({
    type: 'distribution',
    contentType: 'application/vnd.docker.distribution.events.v2+json',
    proof: bearer,
    sign: clear,
  }),
  ghcr: sender({
    type: 'ghcr',
    proof: github,
    sign: hex,
    headers: githubHeaders('registry_package'),
  }),
  'swr-enterprise': sender({ type: 'swr-enterprise', proof: verbatim, sign: clear }),
  'cloudevents, structured': sender({
    type: 'cloudevents',
    contentType: 'application/cloudevents+json; charset=utf-8',
    proof: bearer,
    sign: clear,
  }),
  'cloudevents, binary': sender({
    type: 'cloudevents',
    payload: 'hmac',
    proof: bearer,
    sign: clear,
    headers: [
      ['ce-specversion', '1.0'],
      ['ce-id', 'ev-2'],
      ['ce-source', '/registries/eu%20west'],
      ['ce-type', 'com.example.image.pushed'],
    ],
  }),
  hmac: sender({ type: 'hmac', proof: { header: 'x-signature', prefix: 'sha256=' }, sign: hex }),
  'standard-webhooks': sender({
    ...standard,
    type: 'standard-webhooks',
    headers: standardHeaders,
  }),
  quay: sender({ type: 'quay', proof: 'url', sign: clear }),
  dockerhub: sender({ type: 'dockerhub', proof: 'url', sign: clear }),
};

/** The recorded body, byte for byte. */
export function payloadOf({ payload }: Pick<Sender, 'payload'>): Buffer {
  return readFileSync(new URL(`payloads/${payload}.json`, import.meta.url));
}

/** What is sent: path, header lines, body. */
export interface Sent {
  readonly query: string;
  readonly lines: Lines;
  readonly body: Buffer;
}

/** The delivery with this proof; null: with none. */
export function deliveryOf(sender: Sender, body: Buffer, proof: string | null): Sent {
  const lines: [string, string][] = [['content-type', sender.contentType]];
  for (const [name, value] of sender.headers) lines.push([name, value]);
  if (proof === null) return { query: '', lines, body };
  if (sender.proof === 'url') return { query: `?token=${encodeURIComponent(proof)}`, lines, body };
  return { query: '', lines: [...lines, [sender.proof.header, sender.proof.prefix + proof]], body };
}

/** The delivery as its sender makes it. */
export function signed(sender: Sender, body = payloadOf(sender), secret = sender.secret): Sent {
  return deliveryOf(sender, body, sender.sign(body, secret));
}
