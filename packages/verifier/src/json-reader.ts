import { StrictJsonError } from './errors.ts';

/** Deeper than anything that is accepted, and far from the end of the stack. */
const DEEPEST = 500;

/** What a text says. */
export interface Reading {
  readonly value: unknown;
  /** Members of the outermost object whose numbers are written with a fraction or an exponent. */
  readonly fractions: ReadonlySet<string>;
}

/**
 * Reads a text that is known to be JSON, as `JSON.parse` is meant to; of members with the same name the last one stays.
 *
 * For what the engine does not tell, how a number was written, and for what it tells wrongly: V8 may take an escaped name for another
 * one that it has read before, in whatever text (https://github.com/nodejs/node/issues/63785), so that a stranger could hide a
 * member from all checks. Strings by themselves are not affected.
 *
 * @throws {StrictJsonError} `depth` for more than 500 arrays and objects inside each other.
 */
export function readJson(text: string): Reading {
  const fractions = new Set<string>();
  let at = 0;

  function skipSpace(): void {
    while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
  }

  /** Whether the next character is this one, which is then passed. */
  function passes(char: string): boolean {
    skipSpace();
    if (text.charAt(at) !== char) return false;
    at++;
    return true;
  }

  function readString(): string {
    skipSpace();
    const start = at++;
    while (text.charAt(at) !== '"') {
      if (at >= text.length) throw notJson();
      at += text.charAt(at) === '\\' ? 2 : 1;
    }
    return JSON.parse(text.slice(start, ++at)) as string;
  }

  /** A number, true, false or null. */
  function readWord(name: string | undefined): unknown {
    const start = at;
    while (at < text.length && !',]} \t\n\r'.includes(text.charAt(at))) at++;
    const word = text.slice(start, at);
    const value: unknown = JSON.parse(word);
    if (name !== undefined && typeof value === 'number' && /[.e]/i.test(word)) fractions.add(name);
    return value;
  }

  function readObject(depth: number): object {
    const object = {};
    if (passes('}')) return object;
    do {
      const name = readString();
      if (!passes(':')) throw notJson();
      const value = readValue(depth + 1, depth === 1 ? name : undefined);
      // Not by assignment: "__proto__" is a name like any other.
      Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
    } while (passes(','));
    if (!passes('}')) throw notJson();
    return object;
  }

  function readArray(depth: number): unknown[] {
    const array: unknown[] = [];
    if (passes(']')) return array;
    do array.push(readValue(depth + 1));
    while (passes(','));
    if (!passes(']')) throw notJson();
    return array;
  }

  /** `name`: of the member of the outermost object that the value is. */
  function readValue(depth: number, name?: string): unknown {
    if (depth > DEEPEST) throw new StrictJsonError('depth', 'The text is nested too deeply.');
    if (passes('{')) return readObject(depth);
    if (passes('[')) return readArray(depth);
    return text.charAt(at) === '"' ? readString() : readWord(name);
  }

  return { value: readValue(1), fractions };
}

function notJson(): StrictJsonError {
  return new StrictJsonError('syntax', 'The text is not JSON.');
}
