/** A number from 0 to below 1. */
export type Dice = () => number;

/** Numbers that look random and are the same each time for the same seed (mulberry32). */
export function createDice(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of several, all as likely. */
export function pick<Item>(items: readonly Item[], dice: Dice): Item {
  const item = items[Math.floor(dice() * items.length)];
  if (item === undefined) throw new Error('There is nothing to pick from.');
  return item;
}
