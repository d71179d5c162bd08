import { z } from 'zod';
import { PROBLEMS, ProblemBody, type ProblemName, problemType } from '../../api/problem.ts';
import { API_PREFIX, API_VERSION } from '../../api/requests.ts';
import { COMPONENTS } from '../../api/schemas.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

/** What any request may be answered with. */
const COMMON: readonly ProblemName[] = [
  'unauthorized',
  'too-many-requests',
  'internal',
  'unavailable',
];
const WITH_BODY: readonly ProblemName[] = ['malformed', 'too-large', 'unsupported-media-type'];

const COMPONENT_REF = '#/components/schemas/';

/** The OpenAPI 3.1 document of the API, made of the same schemas that check its requests. */
export function openApiDocument(): Json {
  const { schemas } = z.toJSONSchema(COMPONENTS, {
    uri: (id) => `${COMPONENT_REF}${id}`,
    io: 'input',
  });
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'tagwarden',
      version: API_VERSION,
      summary: 'Keeps tags the way git says they should be',
      description:
        'What a running deployment knows, and what may be asked of it. New fields may appear at any time; readers ignore what they do not know.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: API_PREFIX, description: 'The process that serves this document' }],
    security: [{ adminToken: [] }],
    tags: [
      { name: 'operate', description: 'The deployment as a whole, and what may be asked of it' },
      { name: 'targets', description: 'Repositories and VM images' },
      { name: 'runs', description: 'Passes that wrote' },
      { name: 'policies', description: 'The policies in force' },
    ],
    paths,
    components: {
      securitySchemes: {
        adminToken: { type: 'http', scheme: 'bearer', description: 'server.adminToken' },
      },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([id, schema]) => [id, withoutIds(schema)]),
      ),
      responses: Object.fromEntries(
        Object.entries(PROBLEMS).map(([name, { title }]) => [name, problemResponse(name, title)]),
      ),
    },
  };
}

function operationOf(route: Route): Json {
  const { operationId, tag, summary, description, status, schemas } = route;
  const names = [...new Set([...route.problems, ...COMMON, ...(schemas.body ? WITH_BODY : [])])];
  // One answer a status: OpenAPI has no other key.
  const refusals = new Map(names.map((name) => [String(PROBLEMS[name].status), name]));
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: [...parametersOf('path', schemas.params), ...parametersOf('query', schemas.query)],
    ...(schemas.body === null
      ? {}
      : { requestBody: { required: true, content: jsonContent(schemas.body) } }),
    responses: {
      [String(status)]:
        schemas.answer === null
          ? { description: 'Done' }
          : { description: summary, content: jsonContent(schemas.answer) },
      ...Object.fromEntries(
        [...refusals].map(([code, name]) => [code, { $ref: `#/components/responses/${name}` }]),
      ),
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodType | null): readonly Json[] {
  if (schema === null) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = typeof property === 'object' ? property : {};
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: numbered(rest),
    };
  });
}

/** A number in a query is a text that is read as one, which a schema of the input cannot know. */
function numbered(schema: Json): Json {
  return 'default' in schema && typeof schema['default'] === 'number'
    ? { ...schema, type: 'integer' }
    : schema;
}

function jsonContent(schema: z.ZodType): Json {
  const id = COMPONENTS.get(schema)?.id;
  return {
    'application/json': {
      schema:
        id === undefined
          ? z.toJSONSchema(schema, { io: 'input' })
          : { $ref: `${COMPONENT_REF}${id}` },
    },
  };
}

function problemResponse(name: string, title: string): Json {
  const problem = name satisfies string as ProblemName;
  return {
    description: `${title} (\`${problemType(problem)}\`)`,
    content: {
      'application/problem+json': {
        schema: { $ref: `${COMPONENT_REF}${COMPONENTS.get(ProblemBody)?.id ?? ''}` },
      },
    },
  };
}

/** Inside of the document a schema is named by its place. */
function withoutIds(schema: Json): Json {
  const { $id: _id, $schema: _schema, ...rest } = schema;
  return rest;
}
