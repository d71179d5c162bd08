import type { HookType } from '../../config/hooks.ts';
import { cloudevents } from './cloudevents.ts';
import { distribution } from './distribution.ts';
import { dockerhub } from './dockerhub.ts';
import { ghcr } from './ghcr.ts';
import { giteaPush } from './gitea-push.ts';
import { githubPush } from './github-push.ts';
import { gitlabPush } from './gitlab-push.ts';
import { harbor } from './harbor.ts';
import { hmac } from './hmac.ts';
import type { Receiver } from './hook.ts';
import { quay } from './quay.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { swrEnterprise } from './swr-enterprise.ts';

/** Every type of sender; the one list to extend. */
export const RECEIVERS: Readonly<Record<HookType, Receiver>> = {
  'github-push': githubPush,
  'gitlab-push': gitlabPush,
  'gitea-push': giteaPush,
  harbor,
  distribution,
  ghcr,
  'swr-enterprise': swrEnterprise,
  cloudevents,
  hmac,
  'standard-webhooks': standardWebhooks,
  quay,
  dockerhub,
};
