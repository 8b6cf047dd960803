import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Settings } from '../config/settings.ts';
import type { Accounts } from '../domain/accounts.ts';
import type { RevocationFeed } from '../domain/revocation-feed.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { Issue } from '../domain/issuing.ts';
import type { SigningKeys } from '../ports/keys.ts';
import type { Mac } from '../ports/macs.ts';
import type { Store } from '../ports/store.ts';
import type { Verifier } from '@latchstring/verifier';

/** What the HTTP layer calls. */
export interface Services {
  readonly settings: Settings;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly issue: Issue;
  readonly keys: SigningKeys;
  readonly csrfMac: Mac;
  readonly store: Store;
  /** Checks this server's own access tokens. */
  readonly verifier: Verifier;
  readonly feed: RevocationFeed;
  /** Aborted when the server stops: streams end. */
  readonly stopping: AbortSignal;
  readonly log: Logger;
}

/** What is known of a connection that is not in the request. */
export interface Connection {
  /** The address of the peer on the socket. */
  readonly remoteAddress?: string | undefined;
}

/** What middleware hands to the routes. */
export interface HttpEnvironment {
  Bindings: Connection;
  Variables: {
    traceId: string;
    /** By `performance.now()`. */
    arrivedAt: number;
    /** The client's address: the socket's, or the one that a trusted proxy names. */
    address: string;
    /** The code of the refusal, for the log. */
    refusal: string | undefined;
  };
}

/** The application that the route groups add themselves to. */
export type App = OpenAPIHono<HttpEnvironment>;

/** A request under way. */
export type RequestContext = Context<HttpEnvironment>;
