/** The cookies of one browser, which all its tabs share. */
export interface CookieJar {
  /** What a page's scripts see: `document.cookie`. */
  visible(): string;
  /** Keeps what an answer sets, and forgets what it clears. */
  keep(headers: readonly string[]): void;
  /** The Cookie header of a request. */
  headerFor(path: string): string;
  delete(name: string): void;
  /** Another jar with the same cookies, as a thief has it. */
  copy(): CookieJar;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly httpOnly: boolean;
}

/** An empty jar. It knows what Latchstring's cookies need: Path, HttpOnly and Max-Age=0. */
export function createCookieJar(first: ReadonlyMap<string, Cookie> = new Map()): CookieJar {
  const cookies = new Map(first);
  const list = (isWanted: (cookie: Cookie) => boolean): string =>
    [...cookies]
      .filter(([, cookie]) => isWanted(cookie))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  return {
    visible: () => list(({ httpOnly, path }) => !httpOnly && path === '/'),
    headerFor: (path) => list((cookie) => path.startsWith(cookie.path)),
    delete: (name) => void cookies.delete(name),
    copy: () => createCookieJar(cookies),
    keep(headers) {
      for (const header of headers) {
        const [pair = '', ...attributes] = header.split('; ');
        const [name = '', value = ''] = pair.split('=');
        if (attributes.includes('Max-Age=0')) cookies.delete(name);
        else {
          const path = attributes.find((one) => one.startsWith('Path='))?.slice(5) ?? '/';
          cookies.set(name, { value, path, httpOnly: attributes.includes('HttpOnly') });
        }
      }
    },
  };
}
