import type { Client } from '@latchstring/client';

/** What the guard reads of a route of vue-router. */
export interface GuardedRoute {
  readonly fullPath: string;
  /** Its record and those it is nested in; `requires` in their `meta` says whom they are for. */
  readonly matched: readonly { readonly meta: object }[];
  readonly query: Readonly<Record<string, unknown>>;
}

/** Where the guard sends a person. */
interface Target {
  readonly path: string;
  readonly query: { readonly next: string };
  readonly replace: true;
}

/** What the guard uses of a router: vue-router 4 and 5 fit. */
export interface GuardedRouter {
  readonly beforeEach: (guard: (to: GuardedRoute) => Promise<Target | undefined>) => () => void;
  readonly currentRoute: { readonly value: GuardedRoute };
  readonly replace: (to: Target | string) => Promise<unknown>;
}

/** Options of {@link guardRouter}: paths of your own pages. */
export interface RouterGuardOptions {
  /** The page to log in on. Default: `/login`. */
  readonly login?: string;
  /** The page for people without the role. Default: `login`. */
  readonly refused?: string;
}

/**
 * Keeps people off routes that are not for them. A route says in its `meta` whom it is for: `requires: true` for
 * whoever is logged in, `requires: 'admin'` for a role, `requires: ['editor', 'admin']` for one of several; a nested
 * route asks for what those above it ask for as well. Others are sent to `login` or `refused`, with the address that
 * they wanted in `?next=`; so are those whose session ends on such a page. Anything else in `requires` is a mistake,
 * and opens nothing.
 *
 * A navigation waits for the server's first answer to who is logged in. Where it cannot be asked the navigation fails
 * with the LatchstringError (`router.onError`), and goes on as soon as it is known. Call this before `app.use(router)`.
 * It returns what ends it. On a server that renders pages, where nobody is known, it keeps out of the way.
 *
 * It decides what is shown, not what is allowed: the backend checks every call by itself.
 */
export function guardRouter(
  router: GuardedRouter,
  client: Client,
  { login = '/login', refused = login }: RouterGuardOptions = {},
): () => void {
  // The address that somebody wanted while it could not be found out who they are.
  let waiting: string | undefined;

  function judge(route: GuardedRoute): Target | undefined {
    const { user } = client.state;
    if (requirementsOf(route).every((requirement) => isMet(requirement, user?.roles))) return undefined;
    return { path: user ? refused : login, query: { next: route.fullPath }, replace: true };
  }

  async function guard(to: GuardedRoute): Promise<Target | undefined> {
    waiting = undefined;
    if (typeof document === 'undefined' || requirementsOf(to).length === 0) return undefined;
    try {
      if (client.state.status === 'unknown') await client.session();
    } catch (error) {
      waiting = to.fullPath;
      throw error;
    }
    return judge(to);
  }

  function reconsider(): void {
    const target = waiting ?? judge(router.currentRoute.value);
    waiting = undefined;
    // A navigation that fails has told the router's own handlers.
    if (target) router.replace(target).catch(() => undefined);
  }

  const ends = [router.beforeEach(guard), client.onChange(reconsider)];
  return () => {
    for (const end of ends) end();
  };
}

function requirementsOf({ matched }: GuardedRoute): readonly unknown[] {
  return matched.flatMap(({ meta }) => ('requires' in meta ? [meta.requires] : []));
}

function isMet(requirement: unknown, roles: readonly string[] | undefined): boolean {
  if (!roles) return false;
  if (requirement === true) return true;
  const wanted = [requirement].flat();
  return roles.some((role) => wanted.includes(role));
}

/**
 * The address in a route's `?next=`, to go to after a login: always one of this application, else `fallback`.
 *
 * The query is anybody's to write, so what would leave the origin is not taken (RFC 9700, section 4.11: no open redirectors).
 */
export function nextOf({ query }: Pick<GuardedRoute, 'query'>, fallback = '/'): string {
  const { next } = query;
  // A browser takes `//host` and `/\host` for another host, after it has removed tabs and line breaks.
  return typeof next === 'string' && /^\/(?![/\\])[^\t\r\n]*$/.test(next) ? next : fallback;
}
