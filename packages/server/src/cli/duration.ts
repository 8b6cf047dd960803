import { UsageError } from './report.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `12h`, `7d` and their like. Throws a UsageError. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,4})([smhd])$/.exec(text) ?? [];
  const duration = Number(amount) * UNITS[(unit ?? 's') as keyof typeof UNITS];
  if (!(duration > 0 && duration <= 30 * UNITS.d)) {
    throw new UsageError('A duration is a number with s, m, h or d, at most 30d, such as 12h.');
  }
  return duration;
}
