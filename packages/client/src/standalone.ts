// The client in one file that needs no other, for pages that have no build: docs/client.md.
export * from './index.ts';
