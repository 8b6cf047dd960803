/** Prints rows as a table under a title, the columns as wide as they need be. Numbers are set to the right. */
export function printTable(
  title: string,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const cells = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[], at: number): string =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return typeof rows[at - 1]?.[column] === 'number' ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  console.log(`\n${title}`);
  for (const [at, row] of cells.entries()) console.log(`  ${line(row, at)}`);
}

/** Prints the figures as the last line: one JSON object, for programs. */
export function printFigures(figures: Readonly<Record<string, number>>): void {
  console.log(`\n${JSON.stringify(figures)}`);
}
