import type { Notice } from '../model/notification.ts';
import type { JsonObject } from '../report/json.ts';
import { eventJson } from './event-json.ts';
import type { Formatted, Group } from './group.ts';

/** All notices of a group in the envelope that Standard Webhooks recommends: type, timestamp, data. */
export function formatWebhook({ at, notices, dropped }: Group): Formatted {
  const document: JsonObject = {
    type: 'tagwarden.notices',
    timestamp: at.toISOString(),
    data: { events: notices.map(oneEvent), dropped },
  };
  return { contentType: 'application/json', body: JSON.stringify(document) };
}

function oneEvent(notice: Notice): JsonObject {
  const { id, type, at } = notice;
  return { id, type: `target.${type}`, time: at.toISOString(), ...eventJson(notice) };
}
