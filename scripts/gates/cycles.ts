import type { Gate } from '../lib/gate.ts';
import { readModules } from '../lib/imports.ts';
import type { Module } from '../lib/imports.ts';

/** The import cycles, each as the files on the way round. Types count: a reader has to follow them too. */
export function findCycles(modules: readonly Module[]): readonly (readonly string[])[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const cycles: (readonly string[])[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const { target } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined && byPath.has(target)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of modules) visit(path, []);
  return cycles;
}

/** No file imports itself by way of others. */
export const cycles: Gate = {
  name: 'cycles',
  run() {
    const modules = readModules([
      'packages/*/src/**/*.{ts,tsx}',
      'examples/{frontends,backends}/*/**/*.{ts,tsx,js,vue}',
      '{scripts,bench,conformance}/**/*.ts',
    ]);
    return Promise.resolve(findCycles(modules).map((files) => files.join(' → ')));
  },
};
