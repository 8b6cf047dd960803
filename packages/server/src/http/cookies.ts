import {
  REFRESH_COOKIE_PATH,
  cookieNames,
  deviceCookieName,
  isLocalhostOrigin,
  readCookies,
} from '@latchstring/protocol';
import type { CookieNames } from '@latchstring/protocol';
import { setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import type { Settings } from '../config/settings.ts';
import type { Issued } from '../domain/issuing.ts';
import { DEVICE_LIFETIME } from '../domain/known-device.ts';
import type { RequestContext } from './context.ts';

/** More than this in Cookie headers is somebody's mischief, or a browser that needs its cookies cleared. */
const COOKIE_HEADER_BYTES = 8192;

/** RFC 6265bis section 5.6.2: browsers cut a longer life to 400 days. Seconds. */
const LONGEST_MAX_AGE = 400 * 86_400;

interface CookieJar {
  readonly names: CookieNames;
  readonly access: CookieOptions;
  readonly refresh: CookieOptions;
  readonly csrf: CookieOptions;
}

function describeCookies({ issuer, cookieDomain, cookieSameSite }: Settings): CookieJar {
  const shared = {
    secure: !isLocalhostOrigin(issuer),
    ...(cookieDomain === undefined ? {} : { domain: cookieDomain }),
  };
  return {
    names: cookieNames({ issuer, cookieDomain }),
    access: { ...shared, path: '/', httpOnly: true, sameSite: cookieSameSite },
    refresh: { secure: shared.secure, path: REFRESH_COOKIE_PATH, httpOnly: true, sameSite: 'Strict' },
    // Readable by the page, which copies it into the header: see B3.
    csrf: { ...shared, path: '/', httpOnly: false, sameSite: 'Lax' },
  };
}

/** Sets the cookies of a session in cookie mode; they live as long as it can. Does nothing in bearer mode. */
export function setSessionCookies(context: RequestContext, issued: Issued, settings: Settings): void {
  const { session, now, access, refreshToken, csrf } = issued;
  if (csrf === undefined) return;
  const jar = describeCookies(settings);
  const left = Math.floor((Math.min(session.idleExpiresAt, session.expiresAt) - now) / 1000);
  const maxAge = Math.min(Math.max(1, left), LONGEST_MAX_AGE);
  setCookie(context, jar.names.access, access.token, { ...jar.access, maxAge });
  setCookie(context, jar.names.csrf, csrf, { ...jar.csrf, maxAge });
  if (refreshToken !== undefined)
    setCookie(context, jar.names.refresh, refreshToken, { ...jar.refresh, maxAge });
}

/** Tells the browser to forget the session's cookies. */
export function clearSessionCookies(context: RequestContext, settings: Settings): void {
  const jar = describeCookies(settings);
  setCookie(context, jar.names.access, '', { ...jar.access, maxAge: 0 });
  setCookie(context, jar.names.csrf, '', { ...jar.csrf, maxAge: 0 });
  setCookie(context, jar.names.refresh, '', { ...jar.refresh, maxAge: 0 });
}

/** Remembers the browser as one that its person has logged in from. A logout leaves it. */
export function setDeviceCookie(context: RequestContext, value: string, settings: Settings): void {
  setCookie(context, deviceCookieName(settings), value, {
    secure: !isLocalhostOrigin(settings.issuer),
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: DEVICE_LIFETIME,
  });
}

/** The values of the device cookie in a request. */
export function receivedDevices(context: RequestContext, settings: Settings): readonly string[] {
  return readCookies(context.req.header('cookie'), deviceCookieName(settings));
}

/** The values of this issuer's own cookies in a request. */
export interface ReceivedCookies {
  readonly access: readonly string[];
  readonly refresh: readonly string[];
  readonly csrf: readonly string[];
}

/** Reads this issuer's cookies; several values of one name are all there, for the caller to judge. */
export function receivedCookies(context: RequestContext, settings: Settings): ReceivedCookies {
  const header = context.req.header('cookie');
  const names = cookieNames(settings);
  return {
    access: readCookies(header, names.access),
    refresh: readCookies(header, names.refresh),
    csrf: readCookies(header, names.csrf),
  };
}

/** Whether the Cookie header is larger than any honest one (attack 66). */
export function isCookieBomb(header: string | undefined): boolean {
  return header !== undefined && header.length > COOKIE_HEADER_BYTES;
}
