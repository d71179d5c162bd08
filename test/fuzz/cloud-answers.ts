import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Account } from '../../src/model/account.ts';
import { Secret } from '../../src/model/secret.ts';
import type { Target } from '../../src/model/target.ts';
import { createProvider } from '../../src/providers/catalog.ts';
import type { Provider } from '../../src/providers/provider.ts';

const SIGNAL = new AbortController().signal;
const TARGET: Target = { account: 'north', path: 'shop/web' };

/** A cloud that answers every request with the text it was last told, whose first line is the status. */
export interface CloudAnswers extends AsyncDisposable {
  /** Lists, discovers and reads at the provider while its cloud answers this. */
  readonly ask: (provider: Provider['name'], answer: string) => Promise<unknown>;
}

export async function startCloudAnswers(): Promise<CloudAnswers> {
  const said = { status: 200, body: '' };
  const server = createServer((request, response) => {
    request.resume();
    const isNextPage = /[?&](?:offset=[1-9]|marker=.)/.test(request.url ?? '');
    const body = isNextPage && said.body.startsWith('[') ? '[]' : said.body;
    response.writeHead(said.status, { 'content-type': 'application/json' }).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${portOf(server)}`;
  const accounts = accountsAt(endpoint);
  return {
    async ask(name, answer) {
      const account = accounts.find(({ provider }) => provider === name);
      if (account === undefined) throw new Error(`no provider ${name}`);
      // A new one each time: after a refused key or a row of failures it would send nothing more.
      const provider = connect(account);
      const end = answer.indexOf('\n');
      const status = Number(answer.slice(0, Math.max(0, end)));
      // 1xx is for the server itself; anything else may come.
      said.status = Number.isInteger(status) && status >= 200 && status <= 599 ? status : 200;
      said.body = answer.slice(end + 1);
      const errors: unknown[] = [];
      const keep = (error: unknown): void => void errors.push(error);
      const listing = await provider.list(TARGET, SIGNAL).catch(keep);
      await provider.describe(TARGET, SIGNAL).catch(keep);
      await drain(provider).catch(keep);
      await provider.close();
      // The worst first: a mistake of ours must not hide behind an answer that was refused.
      for (const error of errors) if (!(error instanceof Error && 'code' in error)) throw error;
      if (errors.length === 3) throw errors[0];
      return listing;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An answer that repeats itself must not be followed for ever. */
async function drain(provider: Provider): Promise<void> {
  let found = 0;
  for await (const _ of provider.discover({ visibility: null, paths: null }, SIGNAL)) {
    found += 1;
    if (found > 100_000) throw new Error('discovery does not end');
  }
}

function connect(account: Account): Provider {
  return createProvider(account, {
    now: () => new Date(),
    random: () => 0,
    retries: { attempts: 1, minDelayMs: 1, maxDelayMs: 1 },
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function accountsAt(endpoint: string): readonly Account[] {
  const shared = {
    name: 'north',
    endpoint,
    limits: { requestsPerSecond: 10_000, burst: 10_000, concurrency: 8 },
    timeoutMs: 2_000,
    protect: [],
    caFile: null,
  } as const;
  const key = {
    type: 'access-key',
    accessKey: new Secret('AKIDEXAMPLE0000000A'),
    secretKey: new Secret('SKEXAMPLEKEY00000000000000000000000000ab'),
    securityToken: null,
  } as const;
  const huawei = { ...shared, region: 'cn-north-4', projectId: 'p', auth: key } as const;
  return [
    { ...huawei, provider: 'huawei-ims' },
    { ...huawei, provider: 'huawei-swr' },
    {
      ...shared,
      provider: 'ucloud-uhub',
      projectId: null,
      auth: {
        publicKey: new Secret('ucloud@example.com'),
        privateKey: new Secret('46f09bb9fab4f12dfc160dae12273d5332b5debe'),
        securityToken: null,
      },
    },
  ];
}
