import { createClient } from '@latchstring/client';
import type { Client } from '@latchstring/client';

/** The one session client of this page. The server has written Latchstring's address into index.html. */
export const client: Client = createClient({ baseUrl: issuerOf(document) });

function issuerOf({ head }: Document): string {
  return head.querySelector<HTMLMetaElement>('meta[name="latchstring-issuer"]')?.content ?? location.origin;
}
