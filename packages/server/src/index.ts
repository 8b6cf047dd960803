export { createLatchstring } from './main.ts';
export type { Administration, Latchstring } from './main.ts';
export { ConfigurationError } from './config/options.ts';
export type { LatchstringOptions, LogDestination, LogLevel } from './config/options.ts';
export { readOptions } from './config/environment.ts';
export type { Connection } from './http/context.ts';
export { StoreUnavailableError } from './ports/store.ts';
export { VERSION } from './version.ts';
