import { posix } from 'node:path';

/** Ids are attacks (`31`) or requirements (`B8`). */
export type Id = string;

const ATTACKS = /(?<![a-z])attacks?[ _](\d{1,3}(?:(?:, | and |, and | to )\d{1,3})*)/gi;
const REQUIREMENTS = /["'`]([A-F]\d{1,2}(?:(?:, | and )[A-F]\d{1,2})*):/g;
const ENTRY = /^- \*\*([A-F]?\d{1,3})\*\* /;
const SHOWN_BY = '  Shown by ';
const NOT_BUILT = '  Not built yet.';

/** The numbers of `1, 2 and 5 to 7`. */
function numbersIn(list: string): readonly number[] {
  return list.split(/, and |, | and /).flatMap((part) => {
    const [from = 0, to = from] = part.split(' to ').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** The ids that a test file's text names: `attack 31`, `attacks 1, 2 and 5 to 7`, and titles like `B8: …`. */
export function idsNamedIn(text: string): ReadonlySet<Id> {
  const attacks = [...text.matchAll(ATTACKS)].flatMap(([, list = '']) => numbersIn(list).map(String));
  const requirements = [...text.matchAll(REQUIREMENTS)].flatMap(
    ([, list = '']) => list.match(/[A-F]\d+/g) ?? [],
  );
  return new Set([...attacks, ...requirements]);
}

/** The ids that a page explains, in its order. */
export function idsExplainedIn(page: string): readonly Id[] {
  return page.split('\n').flatMap((line) => ENTRY.exec(line)?.[1] ?? []);
}

function shownBy(files: readonly string[], pagePath: string): string {
  if (files.length === 0) return NOT_BUILT;
  const links = files.map((file) => `[${file}](${posix.relative(posix.dirname(pagePath), file)})`);
  return `${SHOWN_BY}${links.join(', ')}`;
}

/**
 * A page as it should read: after the text of each entry, one line with the test files that name its id, or that
 * it is not built yet. `tests` gives the ids by test file.
 */
export function withTests(
  page: string,
  pagePath: string,
  tests: ReadonlyMap<string, ReadonlySet<Id>>,
): string {
  const lines = page.split('\n').filter((line) => !line.startsWith(SHOWN_BY) && line !== NOT_BUILT);
  return lines
    .flatMap((line) => {
      const id = ENTRY.exec(line)?.[1];
      if (id === undefined) return [line];
      const files = [...tests].filter(([, ids]) => ids.has(id)).map(([file]) => file);
      return [line, shownBy(files, pagePath)];
    })
    .join('\n');
}
