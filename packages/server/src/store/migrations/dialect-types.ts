/** Where the two dialects spell a type or a table's end in their own way. */
export interface DialectTypes {
  readonly uuid: 'uuid' | 'text';
  readonly bytes: 'bytea' | 'blob';
  readonly integer: 'bigint' | 'integer';
  /** What stands after the closing bracket of a table, and of one whose rows are updated often. */
  readonly table: string;
  readonly busyTable: string;
  /** Whether attempts are counted in a table of the schema. */
  readonly attempts: 'table' | 'elsewhere';
}
