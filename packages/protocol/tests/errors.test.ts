import { describe, expect, test } from 'vitest';
import { ERRORS, bearerChallenge, isErrorCode, problemDocument } from '../src/index.ts';
import type { ErrorCode } from '../src/index.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('errors', () => {
  test.each(CODES)('C5: %s is a problem document of its own (RFC 9457)', (code) => {
    const document = problemDocument(code, 'why', 'trace');
    expect(document).toMatchObject({ type: `urn:latchstring:${code}`, code, status: ERRORS[code].status });
    expect(isErrorCode(code)).toBe(true);
  });

  test.each([['constructor'], ['__proto__'], ['toString'], [''], [undefined], [404]])(
    '%s is no code',
    (code) => {
      expect(isErrorCode(code)).toBe(false);
    },
  );

  test.each(CODES.filter((code) => ERRORS[code].status === 401))(
    '%s carries a challenge (RFC 6750)',
    (code) => {
      expect(bearerChallenge(code)).toMatch(/^Bearer/);
    },
  );

  test('a request without credentials is told no error code (RFC 6750 section 3.1)', () => {
    expect(bearerChallenge('credentials_missing')).toBe('Bearer');
  });
});
