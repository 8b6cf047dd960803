/** This process's own clock, for deadlines and ages. Never for the life of a session: that is the database's clock. */
export interface Clock {
  /** Milliseconds that only ever grow. */
  monotonic(): number;
}
