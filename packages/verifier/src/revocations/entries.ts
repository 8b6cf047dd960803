import type { RevocationEntry } from '@latchstring/protocol';

/** The version below which all tokens of an ended session are. */
export const ENDED: number = Number.POSITIVE_INFINITY;

interface Generation {
  /** By session: tokens with a `ver` below are refused. */
  readonly sessions: Map<string, number>;
  /** By `jti`. */
  readonly tokens: Set<string>;
}

/**
 * What is revoked, in memory. Entries are only ever added, and forgotten when no token that they concern can be alive.
 *
 * Two generations take turns: what is added goes into the newer one, and the older one is dropped as a whole. So an entry
 * lives for one to two times its retention, and nothing has to be searched for what has expired.
 */
export class RevocationEntries {
  #newer: Generation = emptyGeneration();
  #older: Generation = emptyGeneration();
  /** By `kid`. They matter for ever, and are few. */
  readonly #keys = new Set<string>();
  #turnedAt: number;

  /** `now`: seconds on a monotonic clock. */
  constructor(now: number) {
    this.#turnedAt = now;
  }

  /** How many entries are held. One that came twice may count twice. */
  get size(): number {
    return (
      this.#newer.sessions.size +
      this.#newer.tokens.size +
      this.#older.sessions.size +
      this.#older.tokens.size +
      this.#keys.size
    );
  }

  add(entries: readonly RevocationEntry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'session') this.#addSession(entry.id, entry.below ?? ENDED);
      else if (entry.kind === 'token') this.#newer.tokens.add(entry.jti);
      else this.#keys.add(entry.kid);
    }
  }

  /** Drops what has expired. Both in seconds. */
  forget(now: number, retention: number): void {
    if (now - this.#turnedAt < retention) return;
    this.#older = this.#newer;
    this.#newer = emptyGeneration();
    this.#turnedAt = now;
  }

  /** The `ver` below which tokens of a session are refused: {@link ENDED} for all of them, 0 for none. */
  below(sessionId: string): number {
    const newer = this.#newer.sessions.get(sessionId);
    const older = this.#older.sessions.get(sessionId);
    return newer === undefined ? (older ?? 0) : Math.max(newer, older ?? 0);
  }

  hasToken(jti: string): boolean {
    return this.#newer.tokens.has(jti) || this.#older.tokens.has(jti);
  }

  hasKey(kid: string): boolean {
    return this.#keys.has(kid);
  }

  #addSession(id: string, below: number): void {
    const { sessions } = this.#newer;
    const known = sessions.get(id);
    if (known === undefined || known < below) sessions.set(id, below);
  }
}

function emptyGeneration(): Generation {
  return { sessions: new Map(), tokens: new Set() };
}
