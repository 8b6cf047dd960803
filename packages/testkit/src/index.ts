export * from './browser.ts';
export * from './postgres.ts';
