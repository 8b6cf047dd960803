import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '@latchstring/protocol';
import { parseKeySet, VerificationError, type KeySource } from '../src/index.ts';
import {
  AUDIENCE,
  COOKIE,
  COOKIE_CLAIMS,
  ISSUER,
  KEY,
  NOW,
  judge,
  request,
  testKey,
  token,
  verdict,
  verifierOf,
} from './support.ts';

const bearer = (text: string) => request({ authorization: `Bearer ${text}` });

describe('verifyToken', () => {
  it('gives frozen claims, unknown ones too', async () => {
    const claims = await verifierOf().verifyToken(token({ extra: { deep: ['x'] } }));
    expect(claims).toMatchObject({ iss: ISSUER, aud: AUDIENCE, roles: ['user'], extra: { deep: ['x'] } });
    expect(Object.isFrozen(claims) && Object.isFrozen(claims.roles)).toBe(true);
    expect(Object.isFrozen((claims as unknown as { extra: { deep: string[] } }).extra.deep)).toBe(true);
  });

  it('answers at once where the key is at hand', () => {
    expect(verifierOf().verifyToken(token())).not.toBeInstanceOf(Promise);
  });

  it('never accepts a token in which anything was changed', async () => {
    const verifier = verifierOf();
    const good = token();
    await judge(good, verifier);
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \u0000é';
    const mutation = fc.record({
      at: fc.nat(good.length),
      remove: fc.nat(3),
      insert: fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const changed = mutations.reduce(
          (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
          good,
        );
        fc.pre(changed !== good);
        expect(await judge(changed, verifier)).not.toBe('accept');
      }),
      { numRuns: 1500 },
    );
  });

  it('refuses whatever is no text at all', async () => {
    for (const value of [undefined, null, 1, {}, [token()]]) {
      expect(await judge(value as string)).toBe('token_malformed');
    }
  });

  it('checks in the order of the contract', async () => {
    const other = testKey('ES256', 'other');
    expect(await judge(token({ exp: 1 }, { typ: 'JWT', alg: 'none' }))).toBe('token_wrong_type');
    expect(await judge(token({ exp: 1 }, { alg: 'none', crit: [] }))).toBe('token_untrusted');
    expect(await judge(token({ exp: 1 }, { crit: [] }, other))).toBe('token_malformed');
    expect(await judge(token({ exp: 1 }, {}, other))).toBe('token_untrusted');
    expect(await judge(token({ exp: 1, iss: 'x', sub: undefined }))).toBe('token_malformed');
    expect(await judge(token({ exp: 1, iat: NOW + 999, iss: 'x' }))).toBe('token_expired');
    expect(await judge(token({ iat: NOW + 999, iss: 'x' }))).toBe('token_not_yet_valid');
    expect(await judge(token({ iss: 'x', aud: 'x' }))).toBe('token_wrong_issuer');
  });
});

describe('verifyRequest', () => {
  it('gives a frozen principal', async () => {
    const principal = await verifierOf().verifyRequest(bearer(token({ roles: ['user', 'editor'] })));
    expect(principal).toMatchObject({ roles: ['user', 'editor'], mode: 'bearer' });
    expect(principal.subject).toBe(principal.claims.sub);
    expect(principal.sessionId).toBe(principal.claims.sid);
    expect(principal.hasRole('editor')).toBe(true);
    expect(principal.hasRole('admin')).toBe(false);
    expect(Object.isFrozen(principal) && Object.isFrozen(principal.roles)).toBe(true);
    const cookie = request({ cookie: `${COOKIE}=${token(COOKIE_CLAIMS)}` });
    expect(await verifierOf().verifyRequest(cookie)).toMatchObject({ mode: 'cookie' });
  });

  it.each([
    [{ roles: [] }, 'accept'],
    [{ roles: ['user'] }, 'accept'],
    [{ roles: ['user', 'editor'] }, 'accept'],
    [{ roles: ['user', 'admin'] }, 'role_missing'],
    [{ roles: ['User'] }, 'role_missing'],
    [{ anyRole: ['admin', 'editor'] }, 'accept'],
    [{ anyRole: ['admin'] }, 'role_missing'],
    [{ anyRole: [] }, 'role_missing'],
    [{ roles: ['user'], anyRole: ['admin'] }, 'role_missing'],
  ])('C6: requirements %j: %s', async (requirements, expected) => {
    const verifier = verifierOf();
    const text = token({ roles: ['user', 'editor'] });
    // The second time the token is one that was seen before.
    for (let i = 0; i < 2; i++) {
      expect(await verdict(() => verifier.verifyRequest(bearer(text), requirements))).toBe(expected);
    }
  });

  it('C5: every refusal has its status, its challenge and its problem document', async () => {
    const refusals = [
      [request(), 'credentials_missing', 401, 'Bearer'],
      [
        bearer('x'),
        'token_malformed',
        401,
        'Bearer error="invalid_token", error_description="token_malformed"',
      ],
      [
        bearer(token({ exp: 1 })),
        'token_expired',
        401,
        'Bearer error="invalid_token", error_description="token_expired"',
      ],
      [
        bearer('a,b'),
        'credentials_ambiguous',
        400,
        'Bearer error="invalid_request", error_description="credentials_ambiguous"',
      ],
      [
        bearer(token()),
        'role_missing',
        403,
        'Bearer error="insufficient_scope", error_description="role_missing"',
      ],
      [request({ cookie: `${COOKIE}=${token(COOKIE_CLAIMS)}` }, 'POST'), 'csrf_failed', 403, undefined],
    ] as const;
    for (const [facts, code, status, challenge] of refusals) {
      const error = await refusal(() => verifierOf().verifyRequest(facts, { roles: ['admin'] }));
      expect(error).toMatchObject({ code, status });
      expect(error.headers['www-authenticate']).toBe(challenge);
      expect(error.toProblem('trace')).toEqual({
        type: `urn:latchstring:${code}`,
        title: ERRORS[code].title,
        status,
        code,
        detail: error.message,
        trace_id: 'trace',
      });
    }
  });
});

describe('key sources', () => {
  const set = parseKeySet({ keys: [KEY.jwk] });

  it('may answer later', async () => {
    const keys: KeySource = {
      find: (query) => Promise.resolve(set.find(query)),
      holds: (key) => set.holds(key),
    };
    const verifier = verifierOf({ keys });
    const text = token();
    expect(verifier.verifyToken(text)).toBeInstanceOf(Promise);
    expect(await judge(text, verifier)).toBe('accept');
    // Seen before: no need to wait.
    expect(verifier.verifyToken(text)).not.toBeInstanceOf(Promise);
    expect(await verdict(() => verifier.verifyRequest(bearer(token()), { roles: ['admin'] }))).toBe(
      'role_missing',
    );
  });

  it('that fail are an outage, never a bad token', async () => {
    const broken = (find: KeySource['find']): KeySource => ({ find, holds: () => false });
    const fail = (): never => {
      throw new Error('connection refused');
    };
    for (const keys of [broken(fail), broken(() => Promise.reject(new Error('connection refused')))]) {
      const error = await refusal(() => verifierOf({ keys }).verifyToken(token()));
      expect(error).toMatchObject({ code: 'keys_unavailable', status: 503 });
      expect(error.headers['retry-after']).toBe('1');
    }
  });

  it('cannot hand out a key that does not fit', async () => {
    const es = set.find({ kid: KEY.kid, alg: 'ES256' });
    const verifier = verifierOf({ keys: { find: () => es, holds: () => true } });
    expect(await judge(token({}, { alg: 'RS256' }), verifier)).toBe('token_untrusted');
  });
});

async function refusal(attempt: () => unknown): Promise<VerificationError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}
