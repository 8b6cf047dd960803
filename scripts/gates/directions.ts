import type { Gate } from '../lib/gate.ts';
import { readModules } from '../lib/imports.ts';
import type { Import, Module } from '../lib/imports.ts';
import { readManifest } from '../lib/workspace.ts';

/** Which of our packages may import which, by folder. Tests may import anything; these are the rules of src. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  verifier: ['protocol'],
  client: ['protocol'],
  react: ['client', 'protocol'],
  vue: ['client', 'protocol'],
  server: ['protocol', 'verifier'],
  console: ['client', 'react', 'protocol'],
  testkit: ['protocol'],
};

/** Inside the server: which folder may import which; `type` means that only types may cross. */
const ROOMS: Readonly<Record<string, Readonly<Record<string, 'all' | 'type'>>>> = {
  domain: { ports: 'all' },
  ports: { domain: 'type' },
  // The domain is pure, so that the store may hold a row against its rules: it never calls back.
  store: { ports: 'all', domain: 'all' },
  crypto: { ports: 'all', domain: 'type' },
  limits: { ports: 'all', domain: 'all' },
  redis: { ports: 'all', config: 'all' },
  http: { domain: 'all', ports: 'all', config: 'type' },
  config: { domain: 'type', ports: 'type' },
};

/** The errors are the exception: what implements a port throws them. */
const ERRORS = 'packages/server/src/domain/errors.ts';

const SERVER = /^packages\/server\/src\/([^/]+?)(?:\.ts$|\/)/;
const ADAPTER = /^packages\/verifier\/src\/adapters\/([^/]+)/;

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** A package imports its own files by path and others by name, and only those below it. */
function checkPackage(
  from: string,
  { specifier, target }: Import,
  names: ReadonlyMap<string, string>,
): string | undefined {
  if (target !== undefined) return packageOf(target) === from ? undefined : 'leaves its package by path';
  const [, name] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? [];
  const to = names.get(name ?? '');
  if (to === undefined || PACKAGES[from]?.includes(to)) return undefined;
  return `${from} may not import ${to}`;
}

function checkRoom(path: string, { specifier, target, isType }: Import): string | undefined {
  const from = SERVER.exec(path)?.[1];
  const rules = from === undefined ? undefined : ROOMS[from];
  // The command line and the files at the top of src stand above all rooms.
  if (from === undefined || rules === undefined) return undefined;
  if (from === 'domain' && specifier.startsWith('node:') && !isType)
    return 'the domain does no I/O: node:* types only';
  const to = target === undefined ? undefined : SERVER.exec(target)?.[1];
  if (to === undefined || to === from || target === ERRORS) return undefined;
  const rule = rules[to];
  if (rule === undefined) return `${from} may not import ${to}`;
  return rule === 'type' && !isType ? `${from} may import only types of ${to}` : undefined;
}

function checkAdapter(path: string, { target }: Import): string | undefined {
  const to = target === undefined ? undefined : ADAPTER.exec(target)?.[1];
  if (to === undefined) return undefined;
  const from = ADAPTER.exec(path)?.[1];
  if (from === undefined) return 'the core may not import an adapter';
  return from === to ? undefined : 'adapters may not import each other';
}

/** What is wrong with a module's imports. `names` gives the folder of each of our packages' names. */
export function checkDirections(
  { path, imports }: Module,
  names: ReadonlyMap<string, string>,
): readonly string[] {
  const from = packageOf(path) ?? '';
  return imports.flatMap((entry) =>
    [checkPackage(from, entry, names), checkRoom(path, entry), checkAdapter(path, entry)]
      .filter((reason) => reason !== undefined)
      .map((reason) => `${path}: '${entry.specifier}': ${reason}`),
  );
}

/** The folders of our packages by their names, for the packages that exist. */
function packageNames(modules: readonly Module[]): ReadonlyMap<string, string> {
  const folders = new Set(modules.map(({ path }) => packageOf(path)).filter((name) => name !== undefined));
  return new Map([...folders].map((name) => [readManifest(`packages/${name}/package.json`).name, name]));
}

/** Imports go one way: between packages, inside the server, and from adapters to their core. */
export const directions: Gate = {
  name: 'directions',
  run() {
    const modules = readModules(['packages/*/src/**/*.{ts,tsx}']);
    const names = packageNames(modules);
    return Promise.resolve(modules.flatMap((module) => checkDirections(module, names)));
  },
};
