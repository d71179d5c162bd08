import { type Incoming, type Reply, readHeader, readQuery, renderJson } from './exchange.ts';
import type { RegistryAccount, RegistryBackend } from './oci-backend.ts';
import { refuseOci } from './oci-refusals.ts';
import type { Grant, RegistryTokens } from './oci-tokens.ts';

const DEFAULT_LIFE_S = 60;

/** What a request needs a right for; `null` for one that only asks who is there. */
export type Need = {
  readonly type: 'repository' | 'registry';
  readonly name: string;
  readonly action: string;
} | null;

/** Decides about callers of one registry. */
export interface RegistryGate {
  /** `null`: may pass. */
  readonly check: (incoming: Incoming, need: Need) => Reply | null;
  /** The answer of the token service. */
  readonly issue: (incoming: Incoming) => Reply;
}

export interface RegistryGateOptions {
  readonly backend: RegistryBackend;
  readonly tokens: RegistryTokens;
  readonly now: () => number;
}

/** A gate that reads its switches at each request. */
export function createRegistryGate({ backend, tokens, now }: RegistryGateOptions): RegistryGate {
  const anonymous = (): RegistryAccount => ({
    username: '',
    permits: (_name, action) => backend.switches().anonymousPull && action === 'pull',
  });

  const checkBasic = (incoming: Incoming, need: Need): Reply | null => {
    const login = parseBasic(incoming);
    const account = login === null ? anonymous() : backend.findAccount(...login);
    const challenge = 'Basic realm="registry"';
    if (account === null) return unauthorized(backend, challenge);
    if (permits(account, need))
      return login === null && need === null ? unauthorized(backend, challenge) : null;
    return login === null ? unauthorized(backend, challenge) : denied();
  };

  const checkBearer = (incoming: Incoming, need: Need): Reply | null => {
    const [, value] = /^bearer\s+(.+)$/i.exec(readHeader(incoming, 'authorization') ?? '') ?? [];
    const challenge = (error: string | null) => renderChallenge({ backend, incoming, need, error });
    if (value === undefined) return unauthorized(backend, challenge(null));
    const token = tokens.find(value, backend.token.service);
    if (token === null) return unauthorized(backend, challenge('invalid_token'));
    if (need === null || token.access.some((grant) => covers(grant, need))) return null;
    return backend.switches().insufficient === '403'
      ? denied()
      : unauthorized(backend, challenge('insufficient_scope'));
  };

  return {
    check: (incoming, need) => {
      switch (backend.switches().auth) {
        case 'none':
          return null;
        case 'basic':
          return checkBasic(incoming, need);
        case 'bearer':
          return checkBearer(incoming, need);
      }
    },
    issue: (incoming) => {
      const login = parseBasic(incoming);
      const account = login === null ? anonymous() : backend.findAccount(...login);
      const isReadable = login !== null || readHeader(incoming, 'authorization') === null;
      return account === null || !isReadable
        ? unauthorized(backend, 'Basic realm="token service"')
        : issueToken({ backend, tokens, now }, { incoming, account });
    },
  };
}

function issueToken(
  { backend, tokens, now }: RegistryGateOptions,
  { incoming, account }: { readonly incoming: Incoming; readonly account: RegistryAccount },
): Reply {
  const { expiresInS, tokenField, grant } = backend.switches();
  const nowMs = now();
  const { value } = tokens.issue({
    service: readQuery(incoming, 'service') ?? '',
    username: account.username === '' ? null : account.username,
    access: parseScopes(incoming).map((scope) => grantTo(account, scope, grant)),
    expiresAtMs: nowMs + (expiresInS ?? DEFAULT_LIFE_S) * 1_000,
  });
  return renderJson(200, {
    ...(tokenField === 'access_token' ? {} : { token: value }),
    ...(tokenField === 'token' ? {} : { access_token: value }),
    ...(expiresInS === null ? {} : { expires_in: expiresInS }),
    issued_at: new Date(nowMs).toISOString(),
  });
}

/** This registry as the caller addressed it. */
export function originOf(incoming: Incoming): string {
  return `http://${readHeader(incoming, 'host') ?? 'localhost'}`;
}

function permits(account: RegistryAccount, need: Need): boolean {
  return need === null || need.type === 'registry' || account.permits(need.name, need.action);
}

function covers({ type, name, actions }: Grant, need: NonNullable<Need>): boolean {
  return (
    type === need.type &&
    name === need.name &&
    (actions.includes(need.action) || actions.includes('*'))
  );
}

/** Less than asked for is not an error: the caller learns it at the next call. */
function grantTo(account: RegistryAccount, scope: Grant, grant: 'asked' | 'pull' | 'none'): Grant {
  const asked = scope.actions.flatMap((action) =>
    action === '*' && scope.type === 'repository' ? ['pull', 'push', 'delete'] : [action],
  );
  const actions = asked.filter(
    (action) =>
      (scope.type === 'registry' ? account.username !== '' : account.permits(scope.name, action)) &&
      (grant === 'asked' || (grant === 'pull' && action === 'pull')),
  );
  return { ...scope, actions };
}

/** Several parameters, or several scopes in one, parted by blanks; a name may hold no colon here. */
function parseScopes(incoming: Incoming): Grant[] {
  return incoming.query
    .filter(([name]) => name === 'scope')
    .flatMap(([, value]) => value.split(' '))
    .flatMap((scope) => {
      const [type, name, actions = ''] = scope.split(':');
      if (type === undefined || name === undefined) return [];
      return [{ type, name, actions: actions.split(',').filter((action) => action !== '') }];
    });
}

interface Challenge {
  readonly backend: RegistryBackend;
  readonly incoming: Incoming;
  readonly need: Need;
  readonly error: string | null;
}

function renderChallenge({ backend, incoming, need, error }: Challenge): string {
  const { realm, challengeStyle } = backend.switches();
  const scope = renderScope(backend, need);
  const parameters: [string, string][] = [
    ['realm', realm ?? `${originOf(incoming)}${backend.token.path}`],
    ['service', backend.token.service],
    ...(scope === null ? [] : [['scope', scope] satisfies [string, string]]),
    ...(error === null ? [] : [['error', error] satisfies [string, string]]),
  ];
  const isPlain = challengeStyle === 'plain';
  const rendered = (isPlain ? parameters : parameters.toReversed()).map(
    ([name, value]) => `${isPlain ? name : name.toUpperCase()}="${value}"`,
  );
  return isPlain ? `Bearer ${rendered.join(',')}` : `bearer  ${rendered.join(' , ')}`;
}

function renderScope(backend: RegistryBackend, need: Need): string | null {
  const { challengeScope } = backend.switches();
  if (need === null || challengeScope === 'none') return null;
  const wanted = need.action === 'push' ? 'pull,push' : need.action;
  const actions = { needed: wanted, pull: 'pull', empty: '' }[challengeScope];
  return `${need.type}:${need.name}:${actions}`;
}

function unauthorized({ unauthorized: words }: RegistryBackend, challenge: string): Reply {
  const reply = refuseOci({ status: 401, ...words });
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': challenge } };
}

function denied(): Reply {
  return refuseOci({ status: 403, code: 'DENIED', message: 'requested access is denied' });
}

function parseBasic(incoming: Incoming): [string, string] | null {
  const [, encoded] = /^basic\s+(.+)$/i.exec(readHeader(incoming, 'authorization') ?? '') ?? [];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : [text.slice(0, colon), text.slice(colon + 1)];
}
