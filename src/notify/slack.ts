import { NOTICE_TYPES, type Notice } from '../model/notification.ts';
import { targetKey } from '../model/target.ts';
import { escapeControls, renderChange, shorten, signOf } from '../report/words.ts';
import type { Formatted, Group } from './group.ts';

/** Longest text that comes from outside, such as a tag value or an answer of a cloud. */
const LONGEST_TEXT = 300;

/** A message of at most `maxLines` lines below its heading, for incoming webhooks of Slack and what takes their form. */
export function formatSlack({ notices, dropped, maxLines }: Group): Formatted {
  const lines = notices.flatMap(renderNotice);
  const shown = lines.slice(0, maxLines);
  const text = [
    `*tagwarden*: ${countByType(notices)}`,
    ...shown,
    ...(lines.length > shown.length
      ? [`… and ${plural(lines.length - shown.length, 'more line')}`]
      : []),
    ...(dropped > 0 ? [`… ${plural(dropped, 'earlier notice')} lost: too many waited`] : []),
  ].join('\n');
  // Links in values must not be fetched by the chat server for a preview.
  const body = JSON.stringify({ text, mrkdwn: true, unfurl_links: false, unfurl_media: false });
  return { contentType: 'application/json; charset=utf-8', body };
}

function countByType(notices: readonly Notice[]): string {
  const counts = NOTICE_TYPES.map(
    (type) => [type, notices.filter((notice) => notice.type === type).length] as const,
  );
  return counts.flatMap(([type, count]) => (count === 0 ? [] : [`${count} ${type}`])).join(', ');
}

function renderNotice(notice: Notice): readonly string[] {
  const { type, target, name } = notice;
  const who = `*${type}* ${code(targetKey(target))}${name === null ? '' : ` ${code(name)}`}`;
  switch (type) {
    case 'changed':
      return [who, ...renderChanges(notice)];
    case 'failed':
      return [`${who} ${renderError(notice)}`];
    case 'refused':
      return [who, ...notice.reasons.map((reason) => `• ${code(reason)}`)];
    case 'recovered':
      return [
        `${who}${notice.since === null ? '' : ` not well since ${notice.since.toISOString()}`}`,
      ];
  }
}

function renderChanges({ changes }: Notice): readonly string[] {
  return changes.map((operation) => {
    const { tag, policy, rule, because } = operation;
    const change = renderChange(operation);
    const values = change === '' ? '' : ` ${code(change)}`;
    return `• ${signOf(operation)} ${code(tag)}${values} by ${code(`${policy} ${rule}`)}: ${code(because)}`;
  });
}

function renderError({ error }: Notice): string {
  if (error === null) return '';
  return error.code === null ? code(error.message) : `${error.code}: ${code(error.message)}`;
}

/**
 * Text from outside stands in code only, where neither formatting nor mentions are read; Slack's own three characters are
 * escaped besides, as `<!channel>` works everywhere.
 */
function code(text: string): string {
  const short = shorten(text);
  const cut = short.length > LONGEST_TEXT ? `${short.slice(0, LONGEST_TEXT)}…` : short;
  const plain = escapeControls(cut.toWellFormed()).replaceAll('`', "'");
  return `\`${plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}\``;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
