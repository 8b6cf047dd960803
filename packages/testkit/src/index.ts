export * from './browser.ts';
export * from './ports.ts';
export * from './postgres.ts';
export { startPostgres } from './postgres-server.ts';
export type { PostgresServer, PrivatePostgres } from './postgres-server.ts';
