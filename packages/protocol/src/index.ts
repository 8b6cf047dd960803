export * from './claims.ts';
export * from './cookies.ts';
export * from './errors.ts';
export * from './headers.ts';
export * from './revocations.ts';
export * from './routes.ts';
export * from './wire.ts';
