import { expect, test } from 'vitest';
import { findCycles } from '../scripts/gates/cycles.ts';
import { checkDirections } from '../scripts/gates/directions.ts';
import { findGaps } from '../scripts/gates/lock-file.ts';
import { findHosts } from '../scripts/gates/registry-hosts.ts';
import { findForbidden } from '../scripts/gates/size.ts';
import { parseModule } from '../scripts/lib/imports.ts';

const NAMES = new Map([
  ['@latchstring/protocol', 'protocol'],
  ['@latchstring/verifier', 'verifier'],
  ['@latchstring/client', 'client'],
  ['latchstring', 'server'],
]);

function findings(path: string, text: string): readonly string[] {
  return checkDirections(parseModule(path, text), NAMES);
}

test.each([
  ['packages/protocol/src/a.ts', `import { b } from '@latchstring/verifier';`],
  ['packages/client/src/a.ts', `export * from '@latchstring/verifier';`],
  ['packages/react/src/a.ts', `const b = await import('@latchstring/verifier/http');`],
  ['packages/verifier/src/a.ts', `import type { b } from 'latchstring';`],
  ['packages/verifier/src/a.ts', `import { b } from '../../protocol/src/claims.ts';`],
  ['packages/verifier/src/a.ts', `import { b } from './adapters/http/index.ts';`],
  ['packages/verifier/src/adapters/hono/index.ts', `import { b } from '../http/index.ts';`],
  ['packages/server/src/domain/a.ts', `import { b } from '../http/b.ts';`],
  ['packages/server/src/domain/a.ts', `import type { B } from '../store/b.ts';`],
  ['packages/server/src/domain/a.ts', `import { createHash } from 'node:crypto';`],
  ['packages/server/src/crypto/a.ts', `import { judge } from '../domain/refresh.ts';`],
  ['packages/server/src/http/a.ts', `import { open } from '../store/database.ts';`],
])('an import against the direction is found: %s %s', (path, text) => {
  expect(findings(path, text)).toHaveLength(1);
});

test.each([
  ['packages/server/src/domain/a.ts', `import type { KeyObject } from 'node:crypto';`],
  ['packages/server/src/store/a.ts', `import { type Session } from '../domain/session.ts';`],
  ['packages/server/src/store/a.ts', `import { judge } from '../domain/refresh.ts';`],
  ['packages/server/src/store/a.ts', `import { ServiceError } from '../domain/errors.ts';`],
  ['packages/server/src/main.ts', `import { open } from './store/database.ts';`],
  ['packages/verifier/src/adapters/hono/index.ts', `import { b } from '../../verify.ts';`],
  ['packages/client/src/a.ts', `import { ROUTES } from '@latchstring/protocol';`],
])('an import in the direction is left alone: %s %s', (path, text) => {
  expect(findings(path, text)).toEqual([]);
});

test('a cycle is found, with the files on the way round', () => {
  const modules = [
    parseModule('src/a.ts', `import { b } from './b.ts';`),
    parseModule('src/b.ts', `import type { C } from './deep/c.ts';`),
    parseModule('src/deep/c.ts', `export { a } from '../a.ts';`),
    parseModule('src/outside.ts', `import { a } from './a.ts';`),
  ];
  expect(findCycles(modules)).toEqual([['src/a.ts', 'src/b.ts', 'src/deep/c.ts', 'src/a.ts']]);
  expect(findCycles(modules.slice(0, 2))).toEqual([]);
});

test('the address of a registry is found, another address is not', () => {
  const host = ['https:/', 'registry.npmjs.org', 'x', '-', 'x-1.0.0.tgz'].join('/');
  expect(findHosts(`{ "resolved": "${host}" }`)).toEqual([host]);
  expect(findHosts(`{ "funding": "https://opencollective.com/x" }`)).toEqual([]);
});

test('what a lock file leaves out is found, wherever it might have been', () => {
  const a = { dependencies: { b: '1' }, optionalDependencies: { 'c-darwin': '1' } };
  const whole = { 'node_modules/a': a, 'node_modules/a/node_modules/b': {}, 'node_modules/c-darwin': {} };
  expect(findGaps(whole)).toEqual([]);
  expect(findGaps({ 'node_modules/a': a, 'node_modules/b': {} })).toHaveLength(1);
});

test.each([
  `const t = body.refresh_token;`,
  `sessionStorage.setItem('a', 'b')`,
  `globalThis.fetch = wrapped`,
  `new Function('return 1')`,
  `if (process.env.NODE_ENV) {}`,
  `fetch('https://example.com/telemetry')`,
])('a client bundle that holds %s is refused', (text) => {
  expect(findForbidden(text)).toHaveLength(1);
});

test('a client bundle that calls fetch and reads its own cookie is taken', () => {
  expect(findForbidden('const answer = await globalThis.fetch(base + "/refresh");document.cookie')).toEqual(
    [],
  );
});
