import { isLocalhostOrigin } from '@latchstring/protocol';
import { parseSecret } from '@latchstring/verifier';
import type { LatchstringOptions } from './options.ts';

/** What is wrong with a secret, as a sentence; undefined for a good one. */
export function secretProblem(name: string, secret: unknown): string | undefined {
  if (typeof secret !== 'string' || secret === '') {
    return `${name} is not set. Make one with: openssl rand -base64 32`;
  }
  try {
    parseSecret(secret);
    return undefined;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return `${name}: ${error.message}`;
  }
}

/** What is wrong with the issuer, the origins and the cookie domain, a sentence each. */
export function originProblems({ issuer, origins = [], cookieDomain }: LatchstringOptions): string[] {
  const problem = issuerProblem(issuer);
  if (problem !== undefined) return [problem];
  return [
    ...origins.flatMap((origin) => originProblem(origin, issuer, cookieDomain) ?? []),
    ...(cookieDomainProblem(cookieDomain, issuer) ?? []),
  ];
}

function issuerProblem(issuer: unknown): string | undefined {
  if (typeof issuer !== 'string' || issuer === '') {
    return 'LATCHSTRING_ISSUER is not set: the origin under which browsers reach this service, such as https://auth.example.com, or http://localhost:4000 on your own machine.';
  }
  const origin = parseOrigin(issuer);
  if (origin === undefined) {
    return 'LATCHSTRING_ISSUER must be an origin, in lower case and without a path or a slash at the end, such as https://auth.example.com.';
  }
  if (origin.protocol !== 'https:' && !isLocalhostOrigin(issuer)) {
    return 'LATCHSTRING_ISSUER must be https: over plain http anyone on the way reads the tokens. Plain http is taken on http://localhost alone.';
  }
  return undefined;
}

function originProblem(
  origin: unknown,
  issuer: string,
  cookieDomain: string | undefined,
): string[] | undefined {
  if (typeof origin === 'string' && origin.includes('*')) {
    return [
      'LATCHSTRING_ORIGINS takes no *: pages that you do not know could then act for your users. List the origins of your application.',
    ];
  }
  const url = typeof origin === 'string' ? parseOrigin(origin) : undefined;
  if (url === undefined) {
    return [
      'LATCHSTRING_ORIGINS takes exact origins, in lower case and without a path, such as https://app.example.com.',
    ];
  }
  if (url.protocol !== 'https:' && !(isLocalhostOrigin(url.origin) && isLocalhostOrigin(issuer))) {
    return [`LATCHSTRING_ORIGINS: ${url.origin} must be https.`];
  }
  const host = new URL(issuer).hostname;
  if (url.hostname === host) return undefined;
  if (cookieDomain !== undefined && isUnder(url.hostname, cookieDomain)) return undefined;
  return [
    `LATCHSTRING_ORIGINS: ${url.origin} is on another host than the issuer, where its cookies are not sent. Serve both on one host, set LATCHSTRING_COOKIE_DOMAIN to their common domain, or use OpenID Connect for another site.`,
  ];
}

function cookieDomainProblem(domain: string | undefined, issuer: string): string[] | undefined {
  if (domain === undefined) return undefined;
  if (isLocalhostOrigin(issuer)) return ['LATCHSTRING_COOKIE_DOMAIN has no use on localhost: leave it out.'];
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)) {
    return [
      'LATCHSTRING_COOKIE_DOMAIN is a domain in lower case without a dot at its start, such as example.com.',
    ];
  }
  return isUnder(new URL(issuer).hostname, domain)
    ? undefined
    : ["LATCHSTRING_COOKIE_DOMAIN must be the issuer's host or a domain above it."];
}

function isUnder(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function parseOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // What differs in any way from the origin that a browser would send can never match it.
  return /^https?:$/.test(url.protocol) && url.origin === text ? url : undefined;
}
