import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly status: number | null;
  readonly lines: readonly Record<string, unknown>[];
  readonly errors: string;
}

function run(...files: string[]): Run {
  const script = join(import.meta.dirname, '../run.ts');
  const args = ['--conditions=latchstring-source', script, ...files];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), errors: stderr };
}

function file(name: string, ...lines: unknown[]): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  );
  return path;
}

const [example = ''] = readFileSync(join(import.meta.dirname, '../rfc.jsonl'), 'utf8').split('\n');
const vector = JSON.parse(example) as Record<string, unknown>;

test('C7: prints the verdict and the code of every vector, and ends with 0 where all are as expected', () => {
  const forged = { ...vector, id: 'forged', jwks: { keys: [] }, expect: 'token_untrusted' };
  const { status, lines } = run(file('good.jsonl', vector, '', forged));
  expect(lines).toEqual([
    { id: vector['id'], verdict: 'accept', code: null },
    { id: 'forged', verdict: 'reject', code: 'token_untrusted' },
  ]);
  expect(status).toBe(0);
});

test('ends with 1 and names the vector where an expectation is not met', () => {
  const wrong = [
    { ...vector, id: 'wrong-verdict', expect: 'reject' },
    { ...vector, id: 'wrong-code', token: '', expect: 'token_untrusted' },
    { ...vector, id: 'wrongly-accepted', token: '', expect: 'accept' },
  ];
  const { status, lines, errors } = run(file('wrong.jsonl', ...wrong));
  expect(status).toBe(1);
  expect(lines).toHaveLength(3);
  for (const { id } of wrong) expect(errors).toContain(id);
});

test('takes several files', () => {
  const { status, lines } = run(file('first.jsonl', vector), file('second.jsonl', vector));
  expect(status).toBe(0);
  expect(lines).toHaveLength(2);
});

test('no vector makes it fail, whatever its members are', () => {
  const values = [
    undefined,
    null,
    0,
    '',
    'x',
    [],
    {},
    [null],
    { keys: [null] },
    { keys: [{}] },
    { algorithms: [1] },
  ];
  const odd = ['jws', 'jwt'].flatMap((layer) =>
    ['token', 'jwks', 'options'].flatMap((member) =>
      values.map((value, at) => ({
        ...vector,
        id: `${layer}-${member}-${at}`,
        layer,
        [member]: value,
        expect: 'reject',
      })),
    ),
  );
  const { status, lines, errors } = run(file('odd.jsonl', ...odd));
  expect(errors).toMatch(/^(\d+) of \1 vectors as expected\n$/);
  expect(status).toBe(0);
  for (const { code } of lines) expect(code).toMatch(/^token_/);
});

test('an option that is left out never makes a token pass', () => {
  const [accepted = ''] = readFileSync(join(import.meta.dirname, '../claims.jsonl'), 'utf8').split('\n');
  const whole = JSON.parse(accepted) as { expect: string; options: Record<string, unknown> };
  expect(whole.expect).toBe('accept');
  const without = ['algorithms', 'issuer', 'audience', 'now'].map((name) => ({
    ...whole,
    id: name,
    options: { ...whole.options, [name]: undefined },
    expect: 'reject',
  }));
  expect(run(file('options.jsonl', ...without)).status).toBe(0);
});

test.for([
  ['a missing file', undefined, /no such file/],
  ['a line that is not JSON', '{"id":', /line 2 is not JSON/],
  ['a line that is no object', '[]', /line 2 is not a JSON object/],
  ['a line without id', '{"layer":"jws"}', /line 2 has no "id"/],
  ['a line of an unknown layer', '{"id":"x","layer":"jwe"}', /line 2 has no "layer"/],
] as const)('says in one sentence what is wrong with %s', ([name, line, sentence]) => {
  const path = line === undefined ? join(folder, 'missing.jsonl') : file(`${name}.jsonl`, vector, line);
  const { status, lines, errors } = run(path);
  expect(status).toBe(2);
  expect(lines).toEqual([]);
  expect(errors).toMatch(sentence);
  expect(errors.trimEnd().split('\n')).toHaveLength(1);
});
