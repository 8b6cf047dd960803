import { createClient } from '@latchstring/client';
import type { Client } from '@latchstring/client';
import { ROUTES, cookieNames, problemDocument } from '@latchstring/protocol';

/** A page with the real client, whose server answers out of this object. */
export interface Page {
  readonly client: Client;
  /** The roles of the person who is logged in; null for nobody. */
  roles: readonly string[] | null;
  /** Whether the server can be reached. */
  isUp: boolean;
  /** How often the server was asked who is logged in. */
  readonly asked: number;
  login(...roles: readonly string[]): Promise<unknown>;
}

const ORIGIN = 'http://localhost:4000';
const AT = '2026-11-22T00:00:00Z';

/** Opens a page; with roles, a person is logged in from before. */
export function openPage(...person: readonly [] | readonly [readonly string[]]): Page {
  let asked = 0;
  const page: Page = {
    client: createClient({
      baseUrl: ORIGIN,
      refreshAhead: false,
      platform: {
        setTimeout,
        clearTimeout,
        Date,
        document: {
          visibilityState: 'visible',
          get cookie() {
            return page.roles ? `${cookieNames({ issuer: ORIGIN }).csrf}=csrf` : '';
          },
        },
        fetch: async (input) => {
          if (!page.isUp) throw new TypeError('fetch failed');
          return answer(new Request(input).url.slice(ORIGIN.length));
        },
      },
    }),
    roles: person[0] ?? null,
    isUp: true,
    get asked() {
      return asked;
    },
    login(...roles) {
      page.roles = roles;
      return page.client.login({ email: 'ada@example.com', password: 'correct horse battery staple' });
    },
  };

  function answer(path: string): Response {
    if (path === ROUTES.session) asked++;
    if (path === ROUTES.logout) {
      page.roles = null;
      return new Response(null, { status: 204 });
    }
    if (!page.roles) return Response.json(problemDocument('credentials_missing', '', ''), { status: 401 });
    const user = { id: 'u1', email: 'ada@example.com', email_verified: true, name: 'Ada', roles: page.roles };
    const session = { id: 's1', created_at: AT, idle_expires_at: AT, expires_at: AT };
    return Response.json({ user, session, access_token_expires_in: 900 });
  }

  return page;
}
