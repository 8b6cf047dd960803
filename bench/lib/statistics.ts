/** The middle value; the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('There is no median of nothing.');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The value that so many of a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('There is no percentile of nothing.');
  return value;
}

/** Rounds to a number of decimals, for figures that people read. */
export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** How large a bench is. */
export interface Size {
  /** Interleaved rounds of each variant. */
  readonly rounds: number;
  /** Milliseconds of CPU that one round of one variant should take. */
  readonly roundMilliseconds: number;
}

/** The first, or the second where `BENCH_QUICK` is set: then a bench shows only that it works. */
export function fullOrQuick<Value>(full: Value, quick: Value): Value {
  return process.env['BENCH_QUICK'] ? quick : full;
}

/** The given size, or next to nothing where `BENCH_QUICK` is set. */
export function benchSize(size: Size): Size {
  return fullOrQuick(size, { rounds: 2, roundMilliseconds: 5 });
}

/** What is compared: runs a number of operations and gives the microseconds of CPU that one of them took. */
export interface Variant {
  readonly name: string;
  measure(operations: number): number | Promise<number>;
}

/** The cost of each variant in each round: `costs.get(name)[round]`, in microseconds per operation. */
export type Costs = ReadonlyMap<string, readonly number[]>;

/**
 * Measures variants in interleaved rounds, so that what disturbs the machine disturbs them alike. Every other round goes
 * backwards. Each variant is warmed up first, and does as many operations in a round as fill the time of one.
 */
export async function measureInterleaved(variants: readonly Variant[], size: Size): Promise<Costs> {
  const operations = new Map<string, number>();
  for (const variant of variants) operations.set(variant.name, await calibrate(variant, size));
  const costs = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let at = 0; at < size.rounds; at++) {
    for (const variant of at % 2 === 0 ? variants : variants.toReversed()) {
      const cost = await variant.measure(operations.get(variant.name) ?? 1);
      costs.get(variant.name)?.push(cost);
    }
  }
  return costs;
}

async function calibrate(variant: Variant, { roundMilliseconds }: Size): Promise<number> {
  let operations = 32;
  for (let pass = 0; pass < 3; pass++) {
    const cost = Math.max(await variant.measure(operations), 0.05);
    operations = Math.max(32, Math.round((roundMilliseconds * 1000) / cost));
  }
  return operations;
}

/** The median cost of a variant. */
export function cost(costs: Costs, name: string): number {
  return median(costs.get(name) ?? []);
}

/** The median over the rounds of what one variant costs beyond another in the same round. */
export function addedCost(costs: Costs, name: string, base: string): number {
  return median(pairs(costs, name, base).map(([mine, theirs]) => mine - theirs));
}

/** The median over the rounds of how many times as much as another a variant costs in the same round. */
export function relativeCost(costs: Costs, name: string, base: string): number {
  return median(pairs(costs, name, base).map(([mine, theirs]) => mine / theirs));
}

function pairs(costs: Costs, name: string, base: string): [number, number][] {
  const others = costs.get(base) ?? [];
  return (costs.get(name) ?? []).map((value, at) => [value, others[at] ?? NaN]);
}
