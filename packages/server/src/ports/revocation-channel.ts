/** Carries the news that the revocation log has grown from process to process, beside the database. It may lose some. */
export interface RevocationChannel {
  /** Tells all the others. Never throws, and waits for nothing. */
  publish(): void;
  /** Calls back for news of others, and when some may have been missed. */
  subscribe(tell: () => void): void;
}
