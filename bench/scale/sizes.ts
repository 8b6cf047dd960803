import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** How much of a database each table takes, its indexes included. */
export interface Sizes {
  /** Bytes by table. */
  read(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

/** The sizes of a database of the service. */
export async function openSizes(url: string): Promise<Sizes> {
  return url.startsWith('file:') ? sqliteSizes(url.slice('file:'.length)) : postgresSizes(url);
}

function sqliteSizes(path: string): Sizes {
  const file = new DatabaseSync(path, { readOnly: true });
  const statement = file.prepare(
    `select tbl_name as name, sum(pgsize) as bytes
     from dbstat join sqlite_master using (name) group by tbl_name`,
  );
  return {
    read: async () => new Map(statement.all().map(({ name, bytes }) => [String(name), Number(bytes)])),
    close: async () => file.close(),
  };
}

async function postgresSizes(url: string): Promise<Sizes> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async read() {
      const { rows } = await client.query<{ name: string; bytes: string }>(
        `select relname as name, pg_total_relation_size(oid) as bytes
         from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
      );
      return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
    },
    close: () => client.end(),
  };
}
