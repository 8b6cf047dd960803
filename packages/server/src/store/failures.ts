import { StoreUnavailableError } from '../ports/store.ts';

// Codes of SQLite's that mean: not now, or not on this disk.
const SQLITE_FAULT = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|PROTOCOL|NOMEM|CORRUPT|NOTADB)/;
// SQLSTATE classes and codes of PostgreSQL's (appendix A of its manual): connections, logins, resources, time-outs,
// shutdown, a server that became a replica, and what is left of deadlocks after the retries.
const POSTGRES_FAULT = /^(08...|28...|53...|57P..|58...|57014|55P03|25006|3D000|40001|40P01|XX...)$/;
const SYSTEM_FAULT =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ENOENT|ENOTDIR|EEXIST|EISDIR|EROFS|ENOSPC|EACCES|EPROTO|CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;
// Faults that `pg`, its pool and Kysely report without a code.
const NAMELESS_FAULT =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after|driver has already been destroyed|The server does not support SSL|The database connection is not open|Postgres connection has been discarded)/;

/** Losing a deadlock, or a race that PostgreSQL does not put in order: the same again may well succeed. */
export function isRetryable(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01';
}

/** SQLite's way to say that another connection is writing. */
export function isBusy(error: unknown): boolean {
  return codeOf(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** What a pooler answers where the connection behind it has changed since a statement was prepared. */
export function isLostStatement(error: unknown): boolean {
  const code = codeOf(error);
  return code === '26000' || code === '42P05';
}

/** What a pooler answers to a setting in the start-up packet that it does not pass on. */
export function isRefusedSetting(error: unknown): boolean {
  return codeOf(error) === '08P01' && error instanceof Error && error.message.includes('startup parameter');
}

/** The error as the store's callers know it: StoreUnavailableError where the database does not answer. */
export function translate(error: unknown): unknown {
  if (error instanceof StoreUnavailableError || !isFault(error)) return error;
  const code = codeOf(error);
  // Only the code: the sentences of drivers may name the server, the user or the file.
  const detail = code === undefined ? '' : ` (${code})`;
  return new StoreUnavailableError(`The database does not answer${detail}.`, { cause: error });
}

function isFault(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error && NAMELESS_FAULT.test(error.message);
  return [SQLITE_FAULT, POSTGRES_FAULT, SYSTEM_FAULT].some((faults) => faults.test(code));
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
