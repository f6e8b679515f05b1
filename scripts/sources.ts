import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

/** One import, export-from, `import()` or `import('…')` type of a source file. */
export interface Import {
  /** Repository path without extension (`widget/session/index`) for relative ones, else as written. */
  readonly target: string;
  /** True when nothing of it remains after compilation. */
  readonly typeOnly: boolean;
}

/** A TypeScript file of this repository, as far as the rules of the tree look at it. */
export interface Source {
  /** Repository path with forward slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Contents of all string literals and parts of templates. */
  readonly strings: readonly string[];
  /** `object.member` accesses on plain names, e.g. `process.env`. */
  readonly accesses: ReadonlySet<string>;
  /** Titles of the suites and tests that the file declares. */
  readonly titles: readonly string[];
}

const root = new URL('../', import.meta.url);

/** All TypeScript files below `folders`, parsed. `folders` are repository paths. */
export function readSources(folders: readonly string[]): Source[] {
  return folders
    .flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => /(?<!\.d)\.tsx?$/.test(path))
    .sort()
    .map((path) => parseSource(path, readFileSync(new URL(path, root), 'utf8')));
}

/** Parses one file's `text` as if it lay at `path`. */
export function parseSource(path: string, text: string): Source {
  const imports: Import[] = [];
  const strings: string[] = [];
  const accesses = new Set<string>();
  const titles: string[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      imports.push({ target: resolve(path, specifier.text), typeOnly });
    }
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyImport(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyExport(node));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
      else titles.push(...testTitle(node));
    } else if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      accesses.add(`${node.expression.text}.${node.name.text}`);
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) strings.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return { path, imports, strings, accesses, titles };
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(from), specifier).replace(/\.(js|ts|tsx)$/, '');
}

function isTypeOnlyImport({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = importClause.namedBindings;
  return (
    !importClause.name &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

function isTypeOnlyExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly) return true;
  return (
    exportClause !== undefined &&
    ts.isNamedExports(exportClause) &&
    exportClause.elements.length > 0 &&
    exportClause.elements.every((element) => element.isTypeOnly)
  );
}

/** `it('…')`, `test('…')`, `describe('…')` and their variants (`it.each(…)('…')`, `test.skipIf(…)('…')`). */
function testTitle(call: ts.CallExpression): string[] {
  let callee: ts.Expression = call.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee))
    callee = callee.expression;
  const title = call.arguments[0];
  if (!ts.isIdentifier(callee) || !['it', 'test', 'describe'].includes(callee.text) || !title)
    return [];
  if (ts.isStringLiteralLike(title)) return [title.text];
  if (!ts.isTemplateExpression(title)) return [];
  return [title.head.text + title.templateSpans.map((span) => `…${span.literal.text}`).join('')];
}
