import { StrictJsonError } from './errors.ts';
import { readJson } from './json-reader.ts';

/** How strict JSON is read. */
export interface StrictJsonOptions {
  /** The most arrays and objects inside each other: 32 where it is left out, at most 500. */
  readonly depth?: number;
  /** Members of the outermost object whose numbers must be written as integers: 1.0 and 1e0 are not. */
  readonly integers?: ReadonlySet<string>;
}

const DEFAULT_DEPTH = 32;

// A byte order mark stays in the text, where the grammar refuses it.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON and refuses whatever two parsers could read in two ways (RFC 8259 section 4, RFC 7493 section 2).
 *
 * Takes text, or bytes in UTF-8. Beyond the grammar it refuses: invalid UTF-8, a byte order mark, lone surrogates (raw or
 * escaped), a name that occurs twice in one object (escapes resolved), too much depth, and numbers that a double does not
 * hold: beyond its range, integers beyond 2^53 − 1, negative zero. Time and memory are linear in the length, and the
 * caller bounds the length. A member `__proto__` becomes an ordinary own property.
 *
 * @throws {StrictJsonError} `syntax`, `encoding`, `duplicate_name`, `depth` or `number`.
 */
export function parseStrictJson(input: string | Uint8Array, options: StrictJsonOptions = {}): unknown {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (typeof input === 'string') refuseLoneSurrogates(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, so it is not kept as the cause.
    throw new StrictJsonError('syntax', 'The text is not JSON.');
  }
  const hasEscapes = text.includes('\\');
  const read = hasEscapes ? readJson(text) : undefined;
  if (read !== undefined) ({ value } = read);
  const strings = countStrings(value, options.depth ?? DEFAULT_DEPTH, hasEscapes);
  const seen = survey(text);
  // RFC 7515 section 4 and RFC 7519 section 4: names within an object are unique. Where one occurs twice, the parser has kept
  // only the last member, so the text has more strings (each name is one) than the value.
  if (strings !== seen.strings) {
    throw new StrictJsonError('duplicate_name', 'A name occurs twice in one object.');
  }
  if (seen.fractions && options.integers !== undefined) {
    refuseFractions((read ?? readJson(text)).fractions, options.integers);
  }
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    // RFC 8259 section 8.1: JSON between systems is UTF-8.
    throw new StrictJsonError('encoding', 'The text is not UTF-8.');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const SMALL_E = 0x65;

/** What is seen in a text without parsing it. */
interface Survey {
  /** How many string tokens there are, names included. */
  readonly strings: number;
  /** Whether a number may have a fraction or an exponent; "true" and "false" look like one. */
  readonly fractions: boolean;
}

/** Looks over a text that is known to be JSON, where a backslash stands in strings only. */
function survey(text: string): Survey {
  let quotes = 0;
  let fractions = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) quotes++;
    else if (char === BACKSLASH) i++;
    else if ((char === DOT || (char | 0x20) === SMALL_E) && quotes % 2 === 0) fractions = true;
  }
  return { strings: quotes / 2, fractions };
}

/**
 * Counts the strings of a parsed value, names included, and looks for what `JSON.parse` lets pass. The depth bounds the
 * recursion.
 */
function countStrings(value: unknown, depth: number, hasEscapes: boolean): number {
  if (typeof value === 'string') {
    if (hasEscapes) refuseLoneSurrogates(value);
    return 1;
  }
  if (typeof value === 'number') refuseUnheldNumber(value);
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) throw new StrictJsonError('depth', 'The text is nested too deeply.');
  let count = 0;
  if (Array.isArray(value)) {
    for (const member of value as unknown[]) count += countStrings(member, depth - 1, hasEscapes);
    return count;
  }
  if (hasEscapes) Object.keys(value).forEach(refuseLoneSurrogates);
  // The quickest way through an object, several times as quick as a list of its members.
  for (const name in value) {
    if (!Object.hasOwn(value, name)) continue;
    count += 1 + countStrings((value as Record<string, unknown>)[name], depth - 1, hasEscapes);
  }
  return count;
}

function refuseFractions(fractions: ReadonlySet<string>, names: ReadonlySet<string>): void {
  for (const name of fractions) {
    if (names.has(name)) throw new StrictJsonError('number', 'An integer is written as a fraction.');
  }
}

function refuseUnheldNumber(value: number): void {
  // RFC 7493 section 2.2: no number whose value another reader would round differently.
  const held = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!held || Object.is(value, -0)) throw new StrictJsonError('number', 'A number is out of range.');
}

function refuseLoneSurrogates(text: string): void {
  // RFC 7493 section 2.1: no unpaired surrogates.
  if (/\p{Surrogate}/u.test(text)) throw new StrictJsonError('encoding', 'The text has a lone surrogate.');
}
