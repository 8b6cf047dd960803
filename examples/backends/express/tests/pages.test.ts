import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { pages } from '../src/pages.ts';

const ISSUER = 'http://localhost:4000';

test('every address that is no file shows the page, with the address of Latchstring in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-pages-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<html data-issuer="%LATCHSTRING_ISSUER%">');
  await writeFile(join(folder, 'assets/main-1a2b.js'), '1');
  const server = express().use(pages(folder, ISSUER)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const get = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' });

  for (const path of ['/', '/index.html', '/notes', '/%2e%2e%2fpackage.json', '//example.com/..']) {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(`<html data-issuer="${ISSUER}">`);
  }
  const asset = await get('/assets/main-1a2b.js');
  expect(asset.headers.get('cache-control')).toContain('immutable');
  expect((await get('/assets/gone.js')).status).toBe(404);
});
