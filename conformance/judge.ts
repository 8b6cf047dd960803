import {
  VerificationError,
  verifyJws,
  verifyJwt,
  type Algorithm,
  type JwtOptions,
} from '@latchstring/verifier';

/** One line of a vector file. Only its shape is known: everything in it may be hostile, that is what it is for. */
export interface VectorLine {
  readonly id: string;
  readonly layer: 'jws' | 'jwt';
  readonly token: unknown;
  readonly jwks: unknown;
  readonly options: unknown;
  /** `accept`, `reject`, or the code of the refusal; left out, nothing is expected. */
  readonly expect?: string;
}

/** What the verifier says to a vector. */
export interface Judgement {
  readonly verdict: 'accept' | 'reject';
  /** The code of the refusal. */
  readonly code: string | null;
  /** The refusal itself. */
  readonly refusal?: VerificationError;
  /** Set where the verifier did not judge the token: it refused the options, or it failed. */
  readonly fault?: unknown;
}

/**
 * Has the verifier judge a vector. Never throws.
 *
 * Options that the verifier refuses (a tolerance of a day, `none` on the list) trust nothing: `token_untrusted`. An exception
 * that is no refusal is `internal_error`, which no vector expects.
 */
export function judge({ layer, token, jwks, options }: VectorLine): Judgement {
  try {
    if (layer === 'jws') verifyJws(token as string, jwks, { algorithms: readAlgorithms(options) });
    else verifyJwt(token as string, jwks, readJwtOptions(options));
    return { verdict: 'accept', code: null };
  } catch (error) {
    if (error instanceof VerificationError) return { verdict: 'reject', code: error.code, refusal: error };
    const code = error instanceof TypeError ? 'token_untrusted' : 'internal_error';
    return { verdict: 'reject', code, fault: error };
  }
}

/** Whether a judgement is what the vector expects. */
export function isMet({ expect }: VectorLine, { verdict, code }: Judgement): boolean {
  if (code === 'internal_error') return false;
  return expect === undefined || expect === verdict || (verdict === 'reject' && expect === code);
}

/**
 * Reads the lines of a vector file; empty lines are passed over.
 *
 * @throws {SyntaxError} with a sentence that names the line.
 */
export function readVectors(text: string): VectorLine[] {
  return text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [readVector(line, at + 1)]));
}

function readVector(line: string, number: number): VectorLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new SyntaxError(`line ${number} is not JSON`);
  }
  if (!isRecord(value)) throw new SyntaxError(`line ${number} is not a JSON object`);
  const { id, layer, expect } = value;
  if (typeof id !== 'string') throw new SyntaxError(`line ${number} has no "id"`);
  if (layer !== 'jws' && layer !== 'jwt')
    throw new SyntaxError(`line ${number} has no "layer" of "jws" or "jwt"`);
  if (expect !== undefined && typeof expect !== 'string') {
    throw new SyntaxError(`line ${number} has an "expect" that is not a string`);
  }
  const vector = {
    id,
    layer,
    token: value['token'],
    jwks: value['jwks'],
    options: value['options'],
  } as const;
  return expect === undefined ? vector : { ...vector, expect };
}

function readAlgorithms(options: unknown): readonly Algorithm[] {
  const algorithms = isRecord(options) ? options['algorithms'] : undefined;
  if (!Array.isArray(algorithms)) throw new TypeError('The options need a list of algorithms.');
  // The verifier itself refuses names that it does not know.
  return algorithms as readonly Algorithm[];
}

function readJwtOptions(options: unknown): JwtOptions {
  const algorithms = readAlgorithms(options);
  const { issuer, audience, now, tolerance = 0 } = options as Readonly<Record<string, unknown>>;
  if (typeof issuer !== 'string' || typeof audience !== 'string') {
    throw new TypeError('The options need an issuer and an audience.');
  }
  if (!Number.isFinite(now) || !Number.isFinite(tolerance)) {
    throw new TypeError('The options need times in seconds.');
  }
  return { algorithms, issuer, audience, now: now as number, tolerance: tolerance as number };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
