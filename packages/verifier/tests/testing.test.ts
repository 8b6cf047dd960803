import { expect, it } from 'vitest';
import { createVerifier } from '../src/index.ts';
import { TestIssuer } from '../src/testing.ts';
import { request, verdict } from './support.ts';

const issuer = new TestIssuer();
const verifier = issuer.verifier();

it('issues tokens that the verifier takes', async () => {
  const principal = await verifier.verifyRequest(request(issuer.bearer('ada', { roles: ['admin'] })), {
    roles: ['admin'],
  });
  expect(principal).toMatchObject({ subject: 'ada', roles: ['admin'], mode: 'bearer' });
  const nobody = request(issuer.bearer('bob'));
  expect(await verdict(() => verifier.verifyRequest(nobody, { roles: ['admin'] }))).toBe('role_missing');
});

it('issues requests by cookie that are good for unsafe methods', async () => {
  const headers = issuer.cookie('ada');
  expect(await verifier.verifyRequest(request(headers, 'POST'))).toMatchObject({ mode: 'cookie' });
  const { cookie, origin } = headers;
  expect(await verdict(() => verifier.verifyRequest(request({ cookie, origin }, 'POST')))).toBe(
    'csrf_failed',
  );
});

it('issues tokens that are wrong in any way', async () => {
  const judge = (text: string): Promise<string> => verdict(() => verifier.verifyToken(text));
  expect(await judge(issuer.token('ada', { lifetime: -60 }))).toBe('token_expired');
  expect(await judge(issuer.token('ada', { claims: { aud: 'other' } }))).toBe('token_wrong_audience');
  expect(await judge(issuer.token('ada', { claims: { sub: undefined } }))).toBe('token_malformed');
  expect(await judge(issuer.sign({ sub: 'ada' }))).toBe('token_malformed');
  expect(await judge(issuer.sign({}, { typ: 'JWT' }))).toBe('token_wrong_type');
  expect(await judge(new TestIssuer().token())).toBe('token_untrusted');
});

it('gives its keys to a verifier that the application makes', async () => {
  const local = new TestIssuer({
    issuer: 'http://localhost:4000',
    audience: 'api',
    now: () => 1_800_000_000,
  });
  const own = createVerifier({
    issuer: local.issuer,
    audience: local.audience,
    keys: local.keys,
    now: () => 1_800_000_000,
  });
  expect(await own.verifyRequest(request(local.cookie('ada'), 'PUT'))).toMatchObject({ subject: 'ada' });
  expect(own.revocations.status.state).toBe('none');
  expect(Object.keys(local.jwks.keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
});
