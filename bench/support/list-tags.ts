import { signHuawei } from '../../src/http/sign-huawei.ts';
import { imageId } from '../../test/support/fleet.ts';
import { KEYS } from '../../test/support/workspace.ts';

/** Path and headers of the call that lists the tags of an image of the fleet; its signature holds for a quarter of an hour. */
export function listTagsOf(endpoint: string, index: number) {
  const segments = ['v2', KEYS.projectId, 'images', imageId(index), 'tags'];
  const headers = { 'Content-Type': 'application/json', 'X-Project-Id': KEYS.projectId };
  const { host } = new URL(endpoint);
  const question = { method: 'GET', host, segments, query: [], headers, body: null };
  return {
    path: `/${segments.join('/')}`,
    headers: { ...headers, ...signHuawei(question, KEYS, new Date()) },
  };
}
