import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { ROOT } from './workspace.ts';

/** One `import … from`, `export … from` or `import()`. */
export interface Import {
  readonly specifier: string;
  /** Whether it is gone at run time. */
  readonly isType: boolean;
  /** The file that a relative specifier means, relative to the root. */
  readonly target: string | undefined;
}

/** A source file, relative to the root, and what it imports. */
export interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  if (clause.name || !names || !ts.isNamedImports(names)) return false;
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

function specifiersOf(source: ts.SourceFile): readonly (readonly [string, boolean])[] {
  const found: (readonly [string, boolean])[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const specifier = node.moduleSpecifier;
      if (specifier && ts.isStringLiteral(specifier)) found.push([specifier.text, isTypeOnly(node)]);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier && ts.isStringLiteralLike(specifier)) found.push([specifier.text, false]);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) found.push([node.argument.literal.text, true]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Reads the imports out of a file's text; `path` is relative to the root. */
export function parseModule(path: string, text: string): Module {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports = specifiersOf(source).map(([specifier, isType]) => ({
    specifier,
    isType,
    target: specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : undefined,
  }));
  return { path, imports };
}

/** All modules that the patterns find. */
export function readModules(patterns: readonly string[]): readonly Module[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
  return files
    .filter((path) => existsSync(join(ROOT, path)))
    .map((path) => parseModule(path, readFileSync(join(ROOT, path), 'utf8')));
}
