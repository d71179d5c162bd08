import { z } from 'zod';
import {
  type Call,
  type Incoming,
  parseBody,
  type Refusal,
  type Reply,
  readHeader,
  readQuery,
  renderJson,
  type Service,
} from './exchange.ts';
import { refuseAsIam } from './huawei-errors.ts';
import type { HuaweiGate } from './huawei-gate.ts';
import type { HuaweiCredential } from './seed.ts';
import type { Token, TokenStore } from './token-store.ts';
import type { World } from './world.ts';

const ScopeSchema = z.looseObject({
  project: z.looseObject({ id: z.string().optional(), name: z.string().optional() }).optional(),
});
const TokenBodySchema = z.looseObject({
  auth: z.looseObject({
    identity: z.looseObject({
      methods: z.array(z.string()),
      password: z.looseObject({
        user: z.looseObject({
          name: z.string(),
          password: z.string(),
          domain: z.looseObject({ name: z.string() }),
        }),
      }),
    }),
    scope: ScopeSchema.optional(),
  }),
});
const TemporaryBodySchema = z.looseObject({
  auth: z.looseObject({
    identity: z.looseObject({
      methods: z.tuple([z.literal('token')]),
      token: z
        .looseObject({ duration_seconds: z.int().min(900).max(86_400).optional() })
        .optional(),
    }),
  }),
});

export interface IamOptions {
  readonly world: World;
  readonly tokens: TokenStore;
  readonly gate: HuaweiGate;
  readonly now: () => number;
}

interface Request extends IamOptions {
  readonly incoming: Incoming;
}

/** The fake IAM: tokens in `X-Subject-Token`, projects, temporary keys. */
export function createIam(options: IamOptions): Service {
  return {
    name: 'iam',
    route: (incoming) => route({ ...options, incoming }),
    authenticate: () => ({ type: 'caller', caller: { projectId: null } }),
    refuse: refuseAsIam,
  };
}

function route(request: Request): Call {
  const { method, segments } = request.incoming;
  switch (`${method} /${segments?.join('/') ?? ''}`) {
    case 'POST /v3/auth/tokens':
      return toCall('CreateToken', () => createToken(request));
    case 'GET /v3/auth/tokens':
    case 'HEAD /v3/auth/tokens':
      return toCall('ValidateToken', () => validateToken(request));
    case 'GET /v3/projects':
      return toCall('ListProjects', () => guarded(request, () => listProjects(request)));
    case 'POST /v3.0/OS-CREDENTIAL/securitytokens':
      return toCall('CreateTemporaryKey', () =>
        guarded(request, () => createTemporaryKey(request)),
      );
    default:
      return toCall('Unknown', () =>
        refuse(request, { status: 404, code: 'APIGW.0101', message: 'The API does not exist' }),
      );
  }
}

function toCall(operation: string, run: () => Reply): Call {
  return { operation, target: '', writes: [], read: () => null, run };
}

function guarded(request: Request, run: () => Reply): Reply {
  const authentication = request.gate.authenticate(request.incoming, (refusal) =>
    refuse(request, refusal),
  );
  return authentication.type === 'refused' ? authentication.reply : run();
}

function createToken(request: Request): Reply {
  const { world, tokens, incoming, now } = request;
  const body = TokenBodySchema.safeParse(parseBody(incoming));
  if (!body.success) return refuse(request, badRequest('The request body is invalid'));
  const { identity, scope } = body.data.auth;
  const { user } = identity.password;
  const matches = world.credentials.huawei.filter(
    ({ username, password, domain }) =>
      username === user.name && password === user.password && domain === user.domain.name,
  );
  const [first] = matches;
  if (first === undefined || !identity.methods.includes('password')) {
    return refuse(request, unauthorized('The username or password is wrong.'));
  }
  const wanted = scope?.project;
  const scoped = wanted === undefined ? first : matches.find((found) => inScope(found, wanted));
  if (scoped === undefined) return refuse(request, unauthorized('The project is not accessible.'));
  const token = tokens.issue({
    credential: scoped,
    projectId: wanted === undefined ? null : scoped.projectId,
    nowMs: now(),
    lifeMs: world.switches.iam.tokenLifeMs,
  });
  return renderJson(201, renderToken(token), { 'x-subject-token': token.value });
}

function inScope(
  { projectId, region }: HuaweiCredential,
  wanted: { readonly id?: string | undefined; readonly name?: string | undefined },
): boolean {
  return wanted.id === undefined ? wanted.name === region : wanted.id === projectId;
}

function validateToken(request: Request): Reply {
  const { tokens, incoming, now } = request;
  const caller = tokens.find(readHeader(incoming, 'x-auth-token') ?? '');
  if (caller === null || caller.expiresAtMs <= now()) {
    return refuse(request, unauthorized('The request you have made requires authentication.'));
  }
  const subject = tokens.find(readHeader(incoming, 'x-subject-token') ?? '');
  if (subject === null || subject.expiresAtMs <= now()) {
    return refuse(request, { status: 404, code: 'Not Found', message: 'Could not find token.' });
  }
  return renderJson(200, renderToken(subject), { 'x-subject-token': subject.value });
}

function renderToken({ credential, projectId, issuedAtMs, expiresAtMs }: Token): unknown {
  const domain = { id: `domain-${credential.domain}`, name: credential.domain };
  return {
    token: {
      methods: ['password'],
      issued_at: renderMicroseconds(issuedAtMs),
      expires_at: renderMicroseconds(expiresAtMs),
      user: {
        id: `user-${credential.username}`,
        name: credential.username,
        domain,
        password_expires_at: '',
      },
      ...(projectId === null
        ? { domain }
        : { project: { id: projectId, name: credential.region, domain } }),
      roles: [{ id: '0', name: 'ims_adm' }],
      catalog: [],
    },
  };
}

function listProjects({ world, incoming }: Request): Reply {
  const name = readQuery(incoming, 'name');
  const projects = world.credentials.huawei
    .filter(({ region }) => name === null || region === name)
    .map(({ projectId, region, domain }) => ({
      id: projectId,
      name: region,
      domain_id: `domain-${domain}`,
      enabled: true,
    }));
  return renderJson(200, { projects });
}

function createTemporaryKey(request: Request): Reply {
  const { world, tokens, incoming, now } = request;
  const body = TemporaryBodySchema.safeParse(parseBody(incoming));
  const token = tokens.find(readHeader(incoming, 'x-auth-token') ?? '');
  if (!body.success || token === null) return refuse(request, badRequest('Token method required'));
  const lifeMs = (body.data.auth.identity.token?.duration_seconds ?? 900) * 1_000;
  const serial = world.credentials.huawei.length;
  const credential: HuaweiCredential = {
    ...token.credential,
    accessKey: `HSTTEMPORARY${serial}`,
    secretKey: `temporary-secret-${serial}`,
    securityToken: `temporary-token-${serial}`,
    expiresAtMs: now() + lifeMs,
  };
  world.credentials.huawei.push(credential);
  return renderJson(201, {
    credential: {
      access: credential.accessKey,
      secret: credential.secretKey,
      securitytoken: credential.securityToken,
      expires_at: renderMicroseconds(now() + lifeMs),
    },
  });
}

function renderMicroseconds(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000Z');
}

function badRequest(message: string): Refusal {
  return { status: 400, code: 'Bad Request', message };
}

function unauthorized(message: string): Refusal {
  return { status: 401, code: 'Unauthorized', message };
}

function refuse({ incoming }: Request, refusal: Refusal): Reply {
  return refuseAsIam(refusal, incoming);
}
