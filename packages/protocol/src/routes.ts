/** The paths of the HTTP interface, under the issuer's origin. */
export const ROUTES = {
  register: '/auth/v1/register',
  login: '/auth/v1/login',
  refresh: '/auth/v1/refresh',
  logout: '/auth/v1/logout',
  logoutAll: '/auth/v1/logout-all',
  session: '/auth/v1/session',
  sessions: '/auth/v1/sessions',
  passwordChange: '/auth/v1/password/change',
  revocations: '/auth/v1/revocations',
  openapi: '/auth/openapi.json',
  jwks: '/.well-known/jwks.json',
  metadata: '/.well-known/oauth-authorization-server',
  health: '/healthz',
  ready: '/readyz',
} as const;
