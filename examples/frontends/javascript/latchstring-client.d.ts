// What editors and the type checker know of the file that gather.mjs puts there.
export * from '@latchstring/client';
