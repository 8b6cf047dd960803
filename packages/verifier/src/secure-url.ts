import { isLocalhostOrigin } from '@latchstring/protocol';

/**
 * Refuses a URL that somebody on the way could answer in the issuer's place.
 *
 * @throws {TypeError} unless it is https, or http on localhost.
 */
export function requireSecureUrl(url: string, what: string): void {
  const { protocol, origin } = new URL(url);
  if (protocol === 'https:' || isLocalhostOrigin(origin)) return;
  throw new TypeError(
    `The URL of the ${what} must be https, or http on localhost: who can change the answer decides whom you trust.`,
  );
}
