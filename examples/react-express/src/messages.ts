import { LatchstringError } from '@latchstring/client';

const SENTENCES: Partial<Record<LatchstringError['code'], string>> = {
  credentials_invalid: 'The email or the password is wrong.',
  email_taken: 'There is an account with this email already.',
  credentials_missing: 'You are not logged in. If you just did, allow cookies for this page.',
  session_ended: 'Your session is over. Log in to go on.',
  token_revoked: 'Your session is over. Log in to go on.',
  role_missing: 'Your account may not do this.',
  not_found: 'It is gone already.',
  network_failed: 'The server cannot be reached. Check your connection and try again.',
};

/** What went wrong, in words that people understand and can act on. */
export function describe(error: unknown): string {
  if (!(error instanceof LatchstringError)) return 'Something went wrong. Reload the page and try again.';
  const { code, message, retryAfter, traceId } = error;
  if (code === 'rate_limited') return `Too many attempts. Try again in ${duration(retryAfter ?? 60)}.`;
  // The server's own sentence says what would make it stronger.
  if (code === 'password_too_weak' || code === 'request_invalid') return message;
  if (error.status === 503) return `The server is busy. Try again in ${duration(retryAfter ?? 5)}.`;
  return SENTENCES[code] ?? `Something went wrong on our side. Reference: ${traceId ?? code}.`;
}

/** A time in seconds as people say it: "40 seconds", "15 minutes". */
function duration(seconds: number): string {
  const [amount, unit] = seconds < 90 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** How long ago a moment was: "5 minutes ago". */
export function ago(moment: string, now: number): string {
  const minutes = Math.round((Date.parse(moment) - now) / 60_000);
  if (minutes > -1) return 'just now';
  if (minutes > -60) return RELATIVE.format(minutes, 'minute');
  if (minutes > -1440) return RELATIVE.format(Math.round(minutes / 60), 'hour');
  return RELATIVE.format(Math.round(minutes / 1440), 'day');
}

/** A clock time: "14:03:22". */
export function clockTime(date: Date): string {
  return date.toLocaleTimeString('en-GB');
}
