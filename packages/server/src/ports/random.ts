/** Randomness that nobody can predict. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** A UUIDv7 (RFC 9562 section 5.7). */
  uuid(): string;
}
