/** What the process of a service is started with, as JSON. */
export interface ServiceProcessOptions {
  readonly port: number;
  readonly databaseUrl: string;
  /** SQLite: every refresh is a commit of its own. */
  readonly refreshesOneByOne: boolean;
}
