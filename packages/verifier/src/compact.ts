import { decodeBase64urlBytes } from './base64url.ts';
import { StrictJsonError, VerificationError } from './errors.ts';
import { parseStrictJson } from './json.ts';

/** The most bytes of an access token that is looked at. */
const MAXIMUM_TOKEN_BYTES = 8192;

/** The members of a JOSE header that count (RFC 7515 section 4.1). All others are ignored, those that name keys too. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
  readonly cty: string | undefined;
}

/** A JWS in compact form (RFC 7515 section 7.1), taken apart. Nothing in it is trusted yet. */
export interface CompactToken {
  readonly header: TokenHeader;
  /** The header as it stands in the token. */
  readonly headerText: string;
  /** The whole token. */
  readonly bytes: Buffer;
  /** The bytes that the signature is over. */
  readonly signed: Buffer;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** What is refused before a key is looked for. */
export interface HeaderPolicy {
  /** The algorithms that are allowed. */
  readonly algorithms: ReadonlySet<string>;
  /** The values of `typ` that are allowed; undefined for any. */
  readonly types?: ReadonlySet<string>;
  /** Headers, by their text, that were found right under this very policy: most tokens of a key share one. */
  readonly known?: ReadonlyMap<string, TokenHeader>;
  /** The most bytes that are looked at. Default 8 KiB. */
  readonly maximumBytes?: number;
}

/**
 * Takes a token apart and checks its form and its header, in the order of the contract.
 *
 * Does not check the signature, and does not look into the payload.
 *
 * @throws {VerificationError} `token_malformed`, `token_wrong_type`, `token_untrusted`.
 */
export function parseCompact(token: string, policy: HeaderPolicy): CompactToken {
  // The length comes first, so that nothing below costs more than it (CVE-2025-30204).
  if (typeof token !== 'string' || token.length > (policy.maximumBytes ?? MAXIMUM_TOKEN_BYTES))
    throw malformed('The token is too long.');
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  // RFC 7515 section 7.1: three parts. Five are a JWE, which is never opened.
  if (first === -1 || second === -1 || token.includes('.', second + 1)) {
    throw malformed('The token does not have three parts.');
  }
  const bytes = Buffer.from(token);
  // Only ASCII is as long in bytes as in characters; all else is no base64url.
  if (bytes.length !== token.length) throw notBase64url();
  const headerText = token.slice(0, first);
  const payload = decodePart(bytes, first + 1, second);
  const signature = decodePart(bytes, second + 1, bytes.length);
  return {
    header: policy.known?.get(headerText) ?? parseHeader(decodePart(bytes, 0, first), policy),
    headerText,
    bytes,
    signed: bytes.subarray(0, second),
    payload,
    signature,
  };
}

/**
 * Parses strict JSON from a part of a token that must be an object.
 *
 * @throws {VerificationError} `token_malformed`.
 */
export function parseTokenObject(
  bytes: Buffer,
  integers?: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseStrictJson(bytes, integers && { integers });
  } catch (error) {
    if (error instanceof StrictJsonError) throw malformed(`A part of the token is refused: ${error.message}`);
    throw error;
  }
  // RFC 7519 section 7.2 steps 3 and 10: a JSON object.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('A part of the token is not a JSON object.');
  }
  return value as Readonly<Record<string, unknown>>;
}

function decodePart(token: Buffer, start: number, end: number): Buffer {
  const bytes = decodeBase64urlBytes(token, start, end);
  if (bytes === undefined) throw notBase64url();
  return bytes;
}

function notBase64url(): VerificationError {
  return malformed('A part of the token is not canonical base64url.');
}

export function malformed(detail: string): VerificationError {
  return new VerificationError('token_malformed', detail);
}

function parseHeader(bytes: Buffer, policy: HeaderPolicy): TokenHeader {
  const header = parseTokenObject(bytes);
  const { alg, kid, typ, cty } = header;
  if (typeof alg !== 'string' || !isOptionalString(kid) || !isOptionalString(typ) || !isOptionalString(cty)) {
    throw malformed('A member of the header has the wrong type.');
  }
  // RFC 8725 section 3.11: the type is said and is the one expected.
  if (policy.types !== undefined && (typ === undefined || !policy.types.has(typ))) {
    throw new VerificationError('token_wrong_type', 'The token is of another type than the one expected.');
  }
  // RFC 8725 section 3.1: the list decides, never the token. "none" is on no list.
  if (!policy.algorithms.has(alg)) {
    throw new VerificationError('token_untrusted', 'The algorithm of the token is not allowed.');
  }
  // RFC 7515 section 4.1.11: no extension is understood here, so whatever is critical is refused.
  if (header['crit'] !== undefined) throw malformed('The token needs an extension that is not understood.');
  // RFC 7797 section 7: not in a JWT.
  if (header['b64'] !== undefined) throw malformed('The header says how the payload is encoded.');
  return { alg, kid, typ, cty };
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
