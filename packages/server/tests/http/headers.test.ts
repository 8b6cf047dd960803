import { describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { useService } from '../support/fixture.ts';

const local = useService();
const hosted = useService({ issuer: 'https://auth.example.com', origins: [], limits: 'on' });

const PATHS = [
  ROUTES.health,
  ROUTES.ready,
  ROUTES.jwks,
  ROUTES.metadata,
  ROUTES.openapi,
  ROUTES.session,
  '/nowhere',
  '/',
];

describe('B5: the security headers', () => {
  test.each(PATHS)('are on every answer of %s', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      const { headers } = await hosted.agent().send(path, { method });
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.has('x-powered-by')).toBe(false);
      expect(headers.has('server')).toBe(false);
    }
  });

  test('HSTS is left out on localhost, where it would lock out other projects', async () => {
    const { headers } = await local.agent().send(ROUTES.health);
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.get('x-frame-options')).toBe('DENY');
  });
});

test('what is public may be kept by caches, what is not may not', async () => {
  for (const path of [ROUTES.jwks, ROUTES.metadata, ROUTES.openapi]) {
    const { headers } = await hosted.agent().send(path);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.getSetCookie()).toEqual([]);
  }
  for (const path of [ROUTES.health, ROUTES.ready, ROUTES.session, '/nowhere']) {
    expect((await hosted.agent().send(path)).headers.get('cache-control')).toBe('no-store');
  }
});

test('every answer names its trace id, and a problem names the same', async () => {
  const answer = await local.agent().session();
  expect(answer.headers.get('x-trace-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.json()).toMatchObject({ trace_id: answer.headers.get('x-trace-id') });
});

test('C5: a 401 carries the challenge of RFC 6750, with no code where there were no credentials', async () => {
  expect((await local.agent().session()).headers.get('www-authenticate')).toBe('Bearer');
  const broken = await local.agent().bearer(ROUTES.session, 'a.b.c');
  expect(broken.headers.get('www-authenticate')).toBe(
    'Bearer error="invalid_token", error_description="token_malformed"',
  );
});

test('the metadata says where the keys are (RFC 8414)', async () => {
  const document = (await hosted.agent().send(ROUTES.metadata)).json();
  expect(document).toEqual({
    issuer: 'https://auth.example.com',
    jwks_uri: 'https://auth.example.com/.well-known/jwks.json',
    response_types_supported: [],
  });
});

test('F3: health and readiness answer ok', async () => {
  for (const path of [ROUTES.health, ROUTES.ready]) {
    const answer = await local.agent().send(path);
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ok' }]);
  }
});
