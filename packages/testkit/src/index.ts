export * from './browser.ts';
export * from './ports.ts';
export * from './postgres.ts';
export { startPgbouncer } from './pgbouncer.ts';
export type { PrivatePgbouncer } from './pgbouncer.ts';
export type { PrivateServer } from './private-server.ts';
export { startRedis } from './redis.ts';
export type { PrivateRedis } from './redis.ts';
