import { Composer, type Document, Lexer, Parser } from 'yaml';
import type { PolicyIssue } from './issue.ts';
import type { Source } from './source.ts';
import { quotingHint } from './yaml-hint.ts';
import { MAX_DEPTH, readTree, type Tree } from './yaml-tree.ts';

const MAX_CHARACTERS = 1_048_576;
const MAX_LEXEMES = 20_000;
// Each level of nesting puts up to two entries on the parser's stack, under one for the document.
const MAX_STACK = 2 * MAX_DEPTH + 2;
const MAX_TAG_ISSUES = 20;

/** Reads all YAML documents of a file that hold anything; what is wrong goes to `issues`. */
export function readDocuments(source: Source, issues: PolicyIssue[]): readonly Tree[] {
  const documents = composeWithin(source, issues);
  return documents.flatMap((document) => readDocument(document, source, issues) ?? []);
}

type Token = Parser extends { next(lexeme: string): Generator<infer T> } ? T : never;

/** Tokens of the file, or the reason why it is refused unread: the composer recurses and is never given a bomb. */
function composeWithin(source: Source, issues: PolicyIssue[]): readonly Document.Parsed[] {
  const refuse = (at: number, message: string, expected: string): readonly Document.Parsed[] => {
    issues.push(source.issueAt(at, { code: 'yaml-bomb', message, expected }));
    return [];
  };
  const { text } = source;
  if (text.length > MAX_CHARACTERS) {
    return refuse(0, `The file has ${text.length} characters`, `at most ${MAX_CHARACTERS}`);
  }
  const parser = new Parser();
  const tokens: Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    lexemes += 1;
    if (lexemes > MAX_LEXEMES) {
      return refuse(
        parser.offset,
        'The file is too large',
        `at most ${MAX_LEXEMES} words and marks; split the file`,
      );
    }
    if (parser.stack.length > MAX_STACK) {
      return refuse(
        parser.offset,
        'The document is nested too deeply',
        `at most ${MAX_DEPTH} levels`,
      );
    }
  }
  tokens.push(...parser.end());
  return compose(tokens);
}

function compose(tokens: readonly Token[]): readonly Document.Parsed[] {
  const composer = new Composer({
    merge: false,
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
    strict: true,
    stringKeys: true,
    uniqueKeys: false, // the tree looks for repeats itself: in linear time, and naming both places
  });
  return [...composer.compose(tokens)];
}

function readDocument(
  document: Document.Parsed,
  source: Source,
  issues: PolicyIssue[],
): Tree | null {
  const faults = [...document.errors, ...document.warnings];
  const isTag = ({ code }: (typeof faults)[number]): boolean => code === 'TAG_RESOLVE_FAILED';
  // What follows a break in the syntax is mostly its echo.
  const broken = faults
    .toSorted((one, other) => one.pos[0] - other.pos[0])
    .find((one) => !isTag(one));
  const told = faults.filter((fault) => fault === broken || isTag(fault));
  for (const fault of told.slice(0, MAX_TAG_ISSUES)) {
    const { message, pos } = fault;
    const { line } = source.positionAt(pos[0]);
    const problem = isTag(fault)
      ? ({ code: 'yaml-tag', message } as const)
      : ({ code: 'yaml-syntax', message, expected: quotingHint(source.lineAt(line)) } as const);
    issues.push(source.issueAt(pos[0], problem));
  }
  if (faults.length > 0 || document.contents === null) return null;
  const tree = readTree(document.contents, source, issues);
  return tree === null || tree.value === null ? null : tree;
}
