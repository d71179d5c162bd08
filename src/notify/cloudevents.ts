import type { JsonObject } from '../report/json.ts';
import { eventJson } from './event-json.ts';
import type { Formatted, Group } from './group.ts';

/**
 * One notice as a CloudEvent 1.0 in structured mode (CloudEvents HTTP binding, section 3.2): brokers take no batches. Its
 * id stays the same on every delivery; types are `io.tagwarden.target.changed`, `.failed`, `.refused` and `.recovered`.
 */
export function formatCloudEvent({ notices: [notice] }: Group): Formatted {
  const { account, path } = notice.target;
  const event: JsonObject = {
    specversion: '1.0',
    id: notice.id,
    source: `/tagwarden/accounts/${account}`,
    type: `io.tagwarden.target.${notice.type}`,
    subject: path,
    time: notice.at.toISOString(),
    datacontenttype: 'application/json',
    data: eventJson(notice),
  };
  return {
    contentType: 'application/cloudevents+json; charset=utf-8',
    body: JSON.stringify(event),
  };
}
