import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClaims } from '../src/claims.ts';
import { IssuedClaims } from '../src/issued-claims.ts';
import { AUDIENCE, claims, ISSUER, NOW, type Json } from './support.ts';

const ISSUED = new IssuedClaims(ISSUER, AUDIENCE);

/** What strict JSON and the rules for claims say by themselves, at any time; undefined for a refusal. */
function readStrictly(payload: Buffer, audience = AUDIENCE): unknown {
  const issued = { read: () => undefined } as unknown as IssuedClaims;
  try {
    return parseClaims(payload, { issuer: ISSUER, audience, tolerance: Infinity, issued }, NOW);
  } catch {
    return undefined;
  }
}

const text = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', ' ', '!', '#', '[', ']', '~', ',', ':', '{'),
  minLength: 1,
  maxLength: 8,
});
const list = fc.array(text, { maxLength: 3 });
const moment = fc.integer({ min: 0, max: NOW });
const issued = fc.record(
  {
    sub: text,
    sid: text,
    ver: fc.nat(),
    jti: text,
    iat: moment,
    auth_time: moment,
    amr: list,
    roles: list,
    csrf: fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((raw) => Buffer.from(raw).toString('base64url')),
  },
  { requiredKeys: ['sub', 'sid', 'ver', 'jti', 'iat', 'auth_time', 'amr', 'roles'] },
);

/** The text of claims in the order in which the server writes them. */
function write({ csrf, ...changes }: Json): string {
  const { iss, aud, sub, sid, ver, jti, iat, exp, client_id, auth_time, amr, roles } = claims(changes);
  const members = { iss, aud, sub, sid, ver, jti, iat, exp, client_id, auth_time, amr, roles };
  return JSON.stringify({ ...members, ...(csrf !== undefined && { csrf }) });
}

describe('claims as the issuer writes them', () => {
  it('are read in one pass, and are what strict JSON reads', () => {
    fc.assert(
      fc.property(issued, (changes) => {
        fc.pre(changes.sub !== 'native');
        const payload = Buffer.from(write(changes));
        const read = ISSUED.read(payload);
        expect(read).toBeDefined();
        expect(read).toStrictEqual(readStrictly(payload));
        expect([read, read?.amr, read?.roles].every(Object.isFrozen)).toBe(true);
      }),
    );
  });

  it('are read as strict JSON reads them or not at all, whatever is changed in their text', () => {
    const piece = fc.constantFrom(
      ...[
        '"',
        '\\',
        ',',
        ':',
        ' ',
        '\n',
        '0',
        '-',
        '.',
        'e',
        '1',
        '[',
        ']',
        '{',
        '}',
        '\0',
        '\u00e9',
        '\u007f',
        'ü',
        'null',
        '""',
      ],
      ...['"cnf":{}', '"sub":"b"', ',"exp":9', ',"nbf":1', '\\u0061', '9'.repeat(16), '[]', '"a","b"', 'A'],
    );
    const edit = fc.tuple(fc.nat(400), fc.nat(3), piece, fc.boolean());
    let equal = 0;
    fc.assert(
      fc.property(issued, fc.array(edit, { minLength: 1, maxLength: 3 }), (changes, edits) => {
        let payload = Buffer.from(write(changes));
        for (const [at, length, insert, isRaw] of edits) {
          const start = at % payload.length;
          const bytes = Buffer.from(insert, isRaw ? 'latin1' : 'utf8');
          payload = Buffer.concat([payload.subarray(0, start), bytes, payload.subarray(start + length)]);
        }
        const read = ISSUED.read(payload);
        if (read === undefined) return;
        equal++;
        expect(read).toStrictEqual(readStrictly(payload));
      }),
      { numRuns: 5000 },
    );
    expect(equal).toBeGreaterThan(50);
  });

  it.each([
    ['a subject that is the client', write({ sub: 'native' })],
    ['a name twice', `${write({}).slice(0, -1)},"sub":"another"}`],
    ['a key of the holder', `${write({}).slice(0, -1)},"cnf":{}}`],
    ['another issuer', write({ iss: `${ISSUER}.example` })],
    ['another audience', write({ aud: AUDIENCE.replace('.', 'x') })],
    ['several audiences', write({ aud: [AUDIENCE] })],
    ['a line after the object', `${write({})}\n`],
    ['an escaped character', write({ sub: 'usxr' }).replace('usxr', String.raw`us\u0065r`)],
    ['letters beyond ASCII', write({ sub: 'zoë' })],
    ['an empty text', write({ sid: '' })],
    ['a CSRF digest whose unused bits are set', write({ csrf: 'C'.repeat(22) })],
    ['an integer with sixteen digits', write({ ver: 1_000_000_000_000_000 })],
    ['a negative zero', write({ ver: 7 }).replace('"ver":7', '"ver":-0')],
    ['more than a server issues', write({ roles: ['editor'.repeat(200)] })],
    ['a fraction', write({ ver: 7 }).replace('"ver":7', '"ver":7.0')],
  ])('leave %s to strict JSON', (_, text) => {
    expect(ISSUED.read(Buffer.from(text))).toBeUndefined();
  });

  it('are left to strict JSON where the audience is not plain text, which could be read in two ways', () => {
    for (const audience of ['käse', 'a"b', 'a\\b', 'a\u0000b']) {
      const payload = Buffer.from(write({ aud: audience }));
      expect(new IssuedClaims(ISSUER, audience).read(payload)).toBeUndefined();
      expect(
        new IssuedClaims(ISSUER, audience).read(Buffer.from(payload.toString(), 'latin1')),
      ).toBeUndefined();
      expect(readStrictly(payload, audience)).toBeDefined();
    }
    const odd = 'a.b*c(d)[e]^f$g|h?i+j-k/l';
    expect(new IssuedClaims(ISSUER, odd).read(Buffer.from(write({ aud: odd })))?.aud).toBe(odd);
    expect(
      new IssuedClaims(ISSUER, odd).read(Buffer.from(write({ aud: odd.replace('.', 'x') }))),
    ).toBeUndefined();
  });
});
