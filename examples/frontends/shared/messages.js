/**
 * What LatchstringError and ApiError have in common.
 *
 * @typedef {Error & { readonly code: string, readonly status: number, readonly retryAfter?: number, readonly traceId?: string }} Failure
 */

/** @type {Readonly<Record<string, string>>} */
const SENTENCES = {
  credentials_invalid: 'The email or the password is wrong.',
  email_taken: 'There is an account with this email already.',
  credentials_missing: 'You are not logged in. If you just did, allow cookies for this page.',
  session_ended: 'Your session is over. Log in to go on.',
  token_revoked: 'Your session is over. Log in to go on.',
  role_missing: 'Your account may not do this.',
  not_found: 'It is gone already.',
  network_failed: 'The server cannot be reached. Check your connection and try again.',
};

/**
 * The code of what has failed; undefined for anything but an answer that was no good.
 *
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function codeOf(error) {
  return isFailure(error) ? error.code : undefined;
}

/**
 * What went wrong, in words that people understand and can act on.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function describe(error) {
  if (!isFailure(error)) return 'Something went wrong. Reload the page and try again.';
  const { code, message, retryAfter, traceId } = error;
  if (code === 'rate_limited') return `Too many attempts. Try again in ${duration(retryAfter ?? 60)}.`;
  // The server's own sentence says what would make it stronger.
  if (code === 'password_too_weak' || code === 'request_invalid') return message;
  if (error.status === 503) return `The server is busy. Try again in ${duration(retryAfter ?? 5)}.`;
  return SENTENCES[code] ?? `Something went wrong on our side. Reference: ${traceId ?? code}.`;
}

/**
 * @param {unknown} error
 * @returns {error is Failure}
 */
function isFailure(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/**
 * A time in seconds as people say it: "40 seconds", "15 minutes".
 *
 * @param {number} seconds
 */
function duration(seconds) {
  const amount = Math.ceil(seconds < 90 ? seconds : seconds / 60);
  const unit = seconds < 90 ? 'second' : 'minute';
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/**
 * How long ago a moment (RFC 3339) was: "5 minutes ago".
 *
 * @param {string} moment
 * @param {number} now
 */
export function ago(moment, now) {
  const minutes = Math.round((Date.parse(moment) - now) / 60_000);
  if (minutes > -1) return 'just now';
  if (minutes > -60) return RELATIVE.format(minutes, 'minute');
  if (minutes > -1440) return RELATIVE.format(Math.round(minutes / 60), 'hour');
  return RELATIVE.format(Math.round(minutes / 1440), 'day');
}

/**
 * A day: "22 Nov 2026".
 *
 * @param {string} moment
 */
export function day(moment) {
  return new Date(moment).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/**
 * A clock time: "14:03:22".
 *
 * @param {Date} date
 */
export function clockTime(date) {
  return date.toLocaleTimeString('en-GB');
}

/**
 * How long it is until a moment, both in milliseconds: "14:03".
 *
 * @param {number} left
 */
export function countdown(left) {
  const seconds = Math.ceil(left / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** What happens to a session, by the reason that the client gives. */
export const HAPPENED = {
  login: 'Logged in',
  logout: 'Logged out',
  refresh: 'Token refreshed',
  session: 'Session goes on',
  ended: 'Session ended',
};

/** @type {Readonly<Record<string, string>>} */
const TITLES = {
  '/sessions': 'Sessions – Field notes',
  '/admin': 'Report – Field notes',
  '/refused': 'Report – Field notes',
  '/login': 'Log in – Field notes',
  '/sign-up': 'Sign up – Field notes',
};

/**
 * The title of the page at a path.
 *
 * @param {string} path
 */
export function titleOf(path) {
  return TITLES[path] ?? 'Field notes';
}
