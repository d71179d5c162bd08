/** A JSON Schema as far as the reference pages read it. */
export interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number)[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** Every field below a node as a table, depth first; a field that alternatives share is one row. */
export function renderFields(node: Schema): string {
  const rows = Map.groupBy(fieldsOf(node, ''), ({ path }) => path);
  return renderTable(
    ['Field', 'Type', 'Needed', 'Means', 'Example'],
    [...rows].map(([path, fields]) => fieldRow(path, fields)),
  );
}

/** The paths of all fields below a node. */
export function pathsOf(node: Schema): readonly string[] {
  return fieldsOf(node, '').map(({ path }) => path);
}

function fieldRow(path: string, fields: readonly Field[]): readonly string[] {
  const needs = new Set(fields.map(({ field, required }) => needOf(field, required)));
  const first = (textOf: (field: Schema) => string): string =>
    fields.map(({ field }) => textOf(field)).find((text) => text !== '') ?? '';
  return [
    `\`${path}\``,
    [...new Set(fields.map(({ field }) => typeOf(field)))].join(' or '),
    needs.size === 1 ? ([...needs][0] ?? '') : 'depends',
    first(({ description = '' }) => description),
    first(exampleOf),
  ];
}

interface Field {
  readonly path: string;
  readonly field: Schema;
  readonly required: boolean;
}

/** Fields below a node, depth first, in the order of the schema. */
function fieldsOf(node: Schema, prefix: string): readonly Field[] {
  if (isSecret(node)) return [];
  const here = Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const required = node.required?.includes(name) === true && field.default === undefined;
    return [{ path, field, required }, ...fieldsOf(field, path)];
  });
  const inner = [
    ...(node.items === undefined ? [] : fieldsOf(node.items, `${prefix}[]`)),
    ...(typeof node.additionalProperties === 'object'
      ? fieldsOf(node.additionalProperties, `${prefix}.NAME`)
      : []),
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((one) => fieldsOf(one, prefix)),
  ];
  return [...here, ...inner];
}

/** A reference to a secret is one thing to a reader, though the schema has two forms of it. */
function isSecret({ anyOf = [] }: Schema): boolean {
  return anyOf.some(({ pattern = '' }) => pattern.startsWith('^\\$\\{'));
}

function typeOf(field: Schema): string {
  if (isSecret(field)) return 'secret';
  if (field.const !== undefined) return `\`${String(field.const)}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  const union = [...(field.anyOf ?? []), ...(field.oneOf ?? [])];
  if (union.length > 0) return [...new Set(union.map(typeOf))].join(' or ');
  if (field.type === 'array')
    return `list of ${field.items === undefined ? 'any' : typeOf(field.items)}`;
  if (field.type === 'object')
    return field.properties === undefined ? 'mapping by name' : 'mapping';
  return typeof field.type === 'string' ? (TYPE_NAMES[field.type] ?? field.type) : 'any';
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
};

function needOf(field: Schema, required: boolean): string {
  if (required) return 'yes';
  if (field.default === undefined) return 'no';
  const text = JSON.stringify(field.default);
  return text === '{}' ? 'no' : `default \`${text}\``;
}

function exampleOf(field: Schema): string {
  const [example] = field.examples ?? [];
  return example === undefined ? '' : `\`${JSON.stringify(example)}\``;
}

/** A table in Markdown, with its last line ended. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escape = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const lines = rows.map((cells) => `| ${cells.map(escape).join(' | ')} |`);
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines, ''].join(
    '\n',
  );
}
