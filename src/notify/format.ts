import type { Message } from '../http/poster.ts';
import type { ReceiverType } from '../model/notification.ts';
import type { Secret } from '../model/secret.ts';
import { formatCloudEvent } from './cloudevents.ts';
import type { Formatted, Group } from './group.ts';
import { signatureHeaders } from './sign.ts';
import { formatSlack } from './slack.ts';
import { formatWebhook } from './webhook.ts';

interface Format {
  readonly render: (group: Group) => Formatted;
  /** How many notices one message takes, of so many lines; people are told the count of the rest, programs all. */
  readonly most: (maxLines: number) => number;
}

const FORMATS: Readonly<Record<ReceiverType, Format>> = {
  slack: { render: formatSlack, most: () => Number.POSITIVE_INFINITY },
  webhook: { render: formatWebhook, most: (maxLines) => maxLines },
  cloudevents: { render: formatCloudEvent, most: () => 1 },
};

/** How many notices one message of a receiver may take. */
export function mostNotices(type: ReceiverType, maxLines: number): number {
  return FORMATS[type].most(maxLines);
}

interface Sealing {
  readonly secrets: readonly Secret[];
  /** Blanks secrets: the last step before the text leaves. */
  readonly scrub: (text: string) => string;
}

/** The message of a group, signed anew for each attempt. */
export function createMessage(
  type: ReceiverType,
  group: Group,
  { secrets, scrub }: Sealing,
): Message {
  const { body: rendered, contentType } = FORMATS[type].render(group);
  const body = scrub(rendered);
  return {
    body,
    headers: (now) => ({
      'Content-Type': contentType,
      ...signatureHeaders({ id: group.id, body, secrets }, now),
    }),
  };
}
