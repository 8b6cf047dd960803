/** The paths that a person's client calls, under the issuer's origin. Apart from the rest, because browsers load them. */
export const CLIENT_ROUTES = {
  register: '/auth/v1/register',
  login: '/auth/v1/login',
  refresh: '/auth/v1/refresh',
  logout: '/auth/v1/logout',
  logoutAll: '/auth/v1/logout-all',
  session: '/auth/v1/session',
  sessions: '/auth/v1/sessions',
  passwordChange: '/auth/v1/password/change',
} as const;

const BACKEND_ROUTES = {
  revocations: '/auth/v1/revocations',
  revoke: '/auth/v1/revoke',
  introspect: '/auth/v1/introspect',
  openapi: '/auth/openapi.json',
  jwks: '/.well-known/jwks.json',
  metadata: '/.well-known/oauth-authorization-server',
  health: '/healthz',
  ready: '/readyz',
} as const;

/** All paths of the HTTP interface, under the issuer's origin. */
export const ROUTES: typeof CLIENT_ROUTES & typeof BACKEND_ROUTES = /* @__PURE__ */ Object.assign(
  {},
  CLIENT_ROUTES,
  BACKEND_ROUTES,
);
