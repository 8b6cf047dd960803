import { ACCESS_TOKEN_MAXIMUM_BYTES, type AccessTokenClaims } from '@latchstring/protocol';

// Characters that JSON writes as they are, all of them ASCII.
const PLAIN = String.raw`[ !#-\[\]-~]+`;
const TEXT = `"(${PLAIN})"`;
const LIST = String.raw`\[((?:"${PLAIN}"(?:,"${PLAIN}")*)?)\]`;
// Of fifteen digits none is beyond 2^53 − 1.
const INTEGER = String.raw`(0|[1-9]\d{0,14})`;
// Sixteen bytes in canonical base64url.
const CSRF = String.raw`"([\w-]{21}[AQgw])"`;

const PLAIN_ONLY = new RegExp(`^${PLAIN}$`);
const NOTHING = /(?!)/;

/** The whole, then sub, sid, ver, jti, iat, exp, client_id, auth_time, amr, roles and csrf. */
type Match = readonly [
  ...[whole: string, sub: string, sid: string, ver: string, jti: string, iat: string, exp: string],
  ...[clientId: string, authTime: string, amr: string, roles: string, csrf: string | undefined],
];

/**
 * Reads the claims of an access token that says what a Latchstring server writes, to the letter: the same members in the same order, no
 * white space, nothing escaped, and one issuer and audience. Nearly every token is such a one, and one pass of an expression shows more
 * than a parser and a walk through what it made: no name can occur twice, and no member can be there that nobody looked at.
 *
 * All else is for strict JSON to judge, which accepts whatever is accepted here, with the same claims.
 */
export class IssuedClaims {
  readonly #issuer: string;
  readonly #audience: string;
  readonly #expression: RegExp;

  constructor(issuer: string, audience: string) {
    this.#issuer = issuer;
    this.#audience = audience;
    this.#expression = isPlain(issuer) && isPlain(audience) ? expression(issuer, audience) : NOTHING;
  }

  /** Gives frozen claims, or undefined where only strict JSON can tell. Times are not checked. */
  read(payload: Buffer): AccessTokenClaims | undefined {
    // The texts that are found hold on to all of the payload, so it had better be small. No server issues larger ones.
    if (payload.length > ACCESS_TOKEN_MAXIMUM_BYTES) return undefined;
    const match = this.#expression.exec(payload.toString('latin1')) as Match | null;
    if (match === null) return undefined;
    // By index: to take an array apart costs as much as the expression.
    const sub = match[1];
    const client_id = match[7];
    // RFC 9068 section 5: a client must not be able to pass for a person.
    if (sub === client_id) return undefined;
    const claims = {
      iss: this.#issuer,
      aud: this.#audience,
      sub,
      sid: match[2],
      ver: Number(match[3]),
      jti: match[4],
      iat: Number(match[5]),
      exp: Number(match[6]),
      client_id,
      auth_time: Number(match[8]),
      amr: readList(match[9]),
      roles: readList(match[10]),
    };
    const csrf = match[11];
    return Object.freeze(csrf === undefined ? claims : { ...claims, csrf });
  }
}

// Callers without types hand in anything.
function isPlain(text: unknown): boolean {
  return typeof text === 'string' && PLAIN_ONLY.test(text);
}

function expression(issuer: string, audience: string): RegExp {
  const members = [
    `"iss":"${escape(issuer)}"`,
    `"aud":"${escape(audience)}"`,
    `"sub":${TEXT}`,
    `"sid":${TEXT}`,
    `"ver":${INTEGER}`,
    `"jti":${TEXT}`,
    `"iat":${INTEGER}`,
    `"exp":${INTEGER}`,
    `"client_id":${TEXT}`,
    `"auth_time":${INTEGER}`,
    `"amr":${LIST}`,
    `"roles":${LIST}`,
  ];
  return new RegExp(`^\\{${members.join(',')}(?:,"csrf":${CSRF})?\\}$`);
}

function escape(text: string): string {
  return text.replaceAll(/[^\w]/g, String.raw`\$&`);
}

function readList(text: string): readonly string[] {
  return Object.freeze(text === '' ? [] : text.slice(1, -1).split('","'));
}
