import { StrictJsonError } from './errors.ts';

/** How strict JSON is read. */
export interface StrictJsonOptions {
  /** The most arrays and objects inside each other. 32 where it is left out. */
  readonly depth?: number;
  /** Members of the outermost object whose numbers must be written without fraction and exponent. */
  readonly integers?: ReadonlySet<string>;
}

const DEFAULT_DEPTH = 32;
const NO_NAMES: ReadonlySet<string> = new Set();

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
  const text = typeof input === 'string' ? wellFormed(input) : decodeUtf8(input);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, so it is not kept as the cause.
    throw new StrictJsonError('syntax', 'The text is not JSON.');
  }
  new Scanner(text, options).scan();
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

function wellFormed(text: string): string {
  // RFC 7493 section 2.1: no unpaired surrogates.
  if (/\p{Surrogate}/u.test(text)) throw new StrictJsonError('encoding', 'The text has a lone surrogate.');
  return text;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Walks a text that is known to be JSON, and looks for what `JSON.parse` lets pass. Nothing in it recurses. */
class Scanner {
  readonly #text: string;
  readonly #maximumDepth: number;
  readonly #integers: ReadonlySet<string>;
  /** The names seen in the objects around the present one; undefined stands for an array. */
  readonly #outer: (Set<string> | undefined)[] = [];
  #names: Set<string> | undefined;
  #expectsName = false;
  #name = '';

  constructor(text: string, options: StrictJsonOptions) {
    this.#text = text;
    this.#maximumDepth = options.depth ?? DEFAULT_DEPTH;
    this.#integers = options.integers ?? NO_NAMES;
  }

  scan(): void {
    const text = this.#text;
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i);
      if (char === QUOTE) i = this.#string(i);
      else if (char === COMMA) this.#expectsName = this.#names !== undefined;
      else if (char === OPEN_BRACE) this.#open(new Set());
      else if (char === OPEN_BRACKET) this.#open(undefined);
      else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) this.#names = this.#outer.pop();
      else if (char === MINUS || (char >= ZERO && char <= NINE)) i = this.#number(i);
    }
  }

  #open(names: Set<string> | undefined): void {
    this.#outer.push(this.#names);
    if (this.#outer.length > this.#maximumDepth)
      throw new StrictJsonError('depth', 'The text is nested too deeply.');
    this.#names = names;
    this.#expectsName = names !== undefined;
  }

  /** Takes the index of an opening quote and gives that of the closing one. */
  #string(start: number): number {
    const text = this.#text;
    let escaped = false;
    let end = start + 1;
    for (let char = text.charCodeAt(end); char !== QUOTE; char = text.charCodeAt(++end)) {
      if (char === BACKSLASH) {
        escaped = true;
        end++;
      }
    }
    if (!escaped && !this.#expectsName) return end;
    const value = escaped ? unescape(text.slice(start, end + 1)) : text.slice(start + 1, end);
    if (this.#expectsName) this.#addName(value);
    return end;
  }

  #addName(name: string): void {
    // RFC 7515 section 4 and RFC 7519 section 4: names within an object must be unique.
    if (this.#names?.has(name))
      throw new StrictJsonError('duplicate_name', 'A name occurs twice in one object.');
    this.#names?.add(name);
    this.#name = name;
    this.#expectsName = false;
  }

  /** Takes the index of a number's first character and gives that of its last. */
  #number(start: number): number {
    const text = this.#text;
    let integer = true;
    let end = start + 1;
    for (; end < text.length; end++) {
      const char = text.charCodeAt(end);
      if (char >= ZERO && char <= NINE) continue;
      // In a text that is known to be JSON only '.', 'e', 'E', '+' and '-' go on with a number.
      if (char !== 0x2e && (char | 0x20) !== 0x65 && char !== 0x2b && char !== MINUS) break;
      integer = false;
    }
    const value = Number(text.slice(start, end));
    // RFC 7493 section 2.2: no number whose value another reader would round differently.
    const held = integer ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (!held || Object.is(value, -0)) throw new StrictJsonError('number', 'A number is out of range.');
    if (!integer && this.#names !== undefined && this.#outer.length === 1 && this.#integers.has(this.#name)) {
      throw new StrictJsonError('number', 'A number must be written as an integer.');
    }
    return end - 1;
  }
}

function unescape(token: string): string {
  return wellFormed(JSON.parse(token) as string);
}
