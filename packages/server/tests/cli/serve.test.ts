import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { Agent } from '../support/agent.ts';
import { commandEnvironment, runCommand, startCommand } from '../support/command.ts';
import type { RunningCommand } from '../support/command.ts';
import { APP_ORIGIN, PASSWORD, createSqliteFile } from '../support/service.ts';
import type { DatabaseUnderTest } from '../support/service.ts';

let database: DatabaseUnderTest;
let environment: Readonly<Record<string, string>>;

beforeEach(async () => {
  database = await createSqliteFile();
  environment = {
    ...commandEnvironment(database.url, randomBytes(32).toString('base64')),
    LATCHSTRING_ORIGINS: APP_ORIGIN,
  };
});

afterEach(() => database.drop());

async function serve(): Promise<RunningCommand & { readonly url: string }> {
  const running = startCommand(['serve', '--port', '0'], environment);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await running.firstLine)?.[0] ?? '';
  return { ...running, url };
}

test('serve serves, and SIGTERM ends it at once where nobody waits', async () => {
  const { child, result, url } = await serve();
  const agent = new Agent(url);
  await agent.register('ada@example.com');
  expect((await agent.session()).status).toBe(200);
  const before = performance.now();
  child.kill('SIGTERM');
  expect(await result).toMatchObject({ code: 0, stderr: '' });
  expect(performance.now() - before).toBeLessThan(5000);
});

test('F4: SIGTERM lets a request under way finish and takes no other', async () => {
  const { child, result, url } = await serve();
  const { port } = new URL(url);
  const body = JSON.stringify({ email: 'ada@example.com', password: PASSWORD });
  const socket = connect(Number(port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  const head = [
    `POST ${ROUTES.register} HTTP/1.1`,
    ...['Host: localhost', `Origin: ${APP_ORIGIN}`, 'Content-Type: application/json', 'Expect: 100-continue'],
    `Content-Length: ${body.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // The server has begun with the request when it asks for the body.
  while (!answer.includes('100 Continue')) await once(socket, 'data');
  child.kill('SIGTERM');
  await refusesConnections(Number(port));
  socket.write(body);
  while (!answer.includes('201 Created')) await once(socket, 'data');
  await once(socket, 'close');
  expect(await result).toMatchObject({ code: 0, stderr: '' });
  const list = await runCommand(['users', 'list'], environment);
  expect(list.stdout).toContain('ada@example.com');
});

async function refusesConnections(port: number): Promise<void> {
  for (;;) {
    const probe = connect(port, '127.0.0.1');
    const outcome = await Promise.race([
      once(probe, 'connect').then(() => 'connected'),
      new Promise<string>((resolve) => probe.once('error', () => resolve('refused'))),
    ]);
    probe.destroy();
    if (outcome === 'refused') return;
  }
}

test('a port in use is one sentence and exit code 1', async () => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { code, stdout, stderr } = await runCommand(['serve'], {
    ...environment,
    LATCHSTRING_PORT: String(port),
  });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(String(port));
  other.close();
});

test('B6: behind HTTPS without a named proxy it warns', async () => {
  const running = startCommand(['serve', '--port', '0'], {
    ...environment,
    ...{
      LATCHSTRING_ISSUER: 'https://auth.example.com',
      LATCHSTRING_ORIGINS: 'https://auth.example.com:8443',
    },
  });
  await running.firstLine;
  running.child.kill('SIGINT');
  const { code, stderr } = await running.result;
  expect(code).toBe(0);
  expect(stderr).toContain('LATCHSTRING_TRUSTED_PROXIES');
});
