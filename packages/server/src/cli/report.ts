import { KeySetError } from '@latchstring/verifier';
import { ConfigurationError } from '../config/options.ts';
import { ServiceError } from '../domain/errors.ts';
import { StoreUnavailableError } from '../ports/store.ts';

/** A mistake in how a command was called, as a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints an error as sentences for people; a defect with its stack. */
export function report(error: unknown): void {
  if (error instanceof ConfigurationError) {
    for (const problem of error.problems) console.error(`✗ ${problem}`);
  } else if (error instanceof ServiceError) {
    console.error(`✗ ${error.message} (${error.code})`);
  } else if (
    error instanceof UsageError ||
    error instanceof StoreUnavailableError ||
    error instanceof KeySetError
  ) {
    console.error(`✗ ${error.message}`);
  } else {
    console.error(error);
  }
}
