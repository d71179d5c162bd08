import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { echo } from './canary-secrets.ts';

/** How the cloud answers everything it is asked. */
export const MODES = [
  'rejected',
  'forbidden',
  'throttled',
  'fault',
  'html',
  'malformed',
  'names',
  'cut',
] as const;
export type CloudMode = (typeof MODES)[number];

/** A cloud that quotes every secret in whatever it says. */
export interface CanaryCloud {
  readonly url: string;
  mode: CloudMode;
  close(): Promise<void>;
}

const STATUS: Readonly<Record<CloudMode, number>> = {
  rejected: 401,
  forbidden: 403,
  throttled: 429,
  fault: 503,
  html: 502,
  malformed: 200,
  names: 200,
  cut: 200,
};

export async function startCanaryCloud(): Promise<CanaryCloud> {
  const state: { mode: CloudMode } = { mode: 'fault' };
  const server = createServer((request, response) => answer(state.mode, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      state.mode = mode;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(mode: CloudMode, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const said = echo();
  response.statusCode = STATUS[mode];
  response.setHeader('x-echo', encodeURIComponent(said));
  response.setHeader('retry-after', '0');
  if (mode === 'html') return void response.end(`<html><title>${said}</title></html>`);
  if (mode === 'cut') {
    response.setHeader('content-length', '100000');
    response.write(`{"images": ["${said}`);
    return void setTimeout(() => response.destroy(), 20);
  }
  const error = { error_code: 'X.1', error_msg: said, RetCode: 230, Message: said };
  response.end(JSON.stringify(mode === 'names' ? namesOf(said) : { ...error, errors: [error] }));
}

/** Good answers in which every name that somebody chose is a secret. */
function namesOf(said: string): object {
  const image = { id: said.slice(0, 200), name: said, __imagetype: 'private', tags: [said] };
  const one = {
    name: said,
    namespace: said,
    path: said,
    Tag: said,
    ImageName: said,
    RepoName: said,
  };
  return {
    images: [image],
    tags: [{ key: said, value: said }, said],
    RetCode: 0,
    TotalCount: 1,
    DataSet: [one],
    ImageSet: [one],
    repos: [one],
  };
}
