import { HEARTBEAT_INTERVAL } from '@latchstring/protocol';
import { RevocationFeedError } from '../errors.ts';
import { EventReader } from './event.ts';
import { RevocationLog, type Step } from './log.ts';
import type { RevocationSettings } from './options.ts';
import { FeedTransport } from './transport.ts';

// All in seconds.
/** A stream over which nothing new came for this long is dead. */
const SILENCE = 3 * HEARTBEAT_INTERVAL;
/** What an answer may take beyond what it waits for; so long is the feed fresh without news. */
const ALLOWANCE = 2;
const SNAPSHOT_TIMEOUT = 10;
const POLL_WAIT = 10;
/** The first long poll does not wait long: what came while the stream was tried is to be known soon. */
const FIRST_POLL_WAIT = 1.5;
const FIRST_PAUSE = 0.25;
const LONGEST_PAUSE = 5;
/** A connection that lived this long was a good one. */
const GOOD_LIFE = 5;
/** How soon a stream is tried again where long polls had to take its place. */
const FIRST_PROBE = 60;
const LONGEST_PROBE = 600;

/** Streams in a row that gave nothing, after which a proxy is taken to hold them back. */
const STRIKES = 2;

/** Why a connection was ended that is no failure. */
const ENDED_ON_PURPOSE = new Error('This end of the connection ended it.');

/** Follows the issuer's feed in the background, from its start until it is closed. Never throws, and holds no process up. */
export class RevocationFeed {
  readonly log: RevocationLog;
  readonly #settings: RevocationSettings;
  readonly #transport: FeedTransport;
  readonly #reader: EventReader;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<() => void>();
  #running: Promise<void> | undefined;
  #connection = new AbortController();
  #mode: 'stream' | 'poll' = 'stream';
  #strikes = 0;
  /** Connections in a row that did not live long. */
  #attempts = 0;
  #isTold = false;
  #isBeginning = false;
  #reconnects = 0;
  #gaps = 0;
  #rejected = 0;

  constructor(settings: RevocationSettings) {
    const { clock, now, url, fetch, maxBytes } = settings;
    this.#settings = settings;
    this.log = new RevocationLog(clock, now);
    this.#transport = new FeedTransport(url, fetch, maxBytes);
    const revokesKey = (kid: string): boolean => this.log.entries.hasKey(kid);
    this.#reader = new EventReader({ ...settings, revokesKey });
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  get transport(): 'stream' | 'poll' {
    return this.#mode;
  }

  get counts(): { readonly reconnects: number; readonly gaps: number; readonly rejected: number } {
    return { reconnects: this.#reconnects, gaps: this.#gaps, rejected: this.#rejected };
  }

  /** How stale the feed may be and still be fresh: events come every second, long polls answer when they have waited. */
  get freshFor(): number {
    return this.#mode === 'stream' ? ALLOWANCE : this.#pollWait + ALLOWANCE;
  }

  get #pollWait(): number {
    return Math.min(POLL_WAIT, Math.max(HEARTBEAT_INTERVAL, this.#settings.maxStaleness - ALLOWANCE));
  }

  /** Begins, unless it has begun. */
  start(): void {
    if (!this.isClosed) this.#running ??= this.#run();
  }

  /** Ends the connection and all timers. Again: nothing. */
  async close(): Promise<void> {
    this.#closing.abort(ENDED_ON_PURPOSE);
    this.#connection.abort(ENDED_ON_PURPOSE);
    this.#release();
    await this.#running;
  }

  /** The end of the attempt under way to get a first snapshot, or of so many seconds; undefined where there is none. */
  beginning(seconds: number): Promise<void> | undefined {
    if (!this.#isBeginning || this.isClosed) return undefined;
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waiting.delete(end);
        resolve();
      };
      // Somebody waits for this: the process must not end before.
      const cancel = this.#settings.clock.after(seconds, end, true);
      this.#waiting.add(end);
    });
  }

  #release(): void {
    for (const end of [...this.#waiting]) end();
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#settings;
    while (!this.#closing.signal.aborted) {
      const startedAt = clock.monotonic();
      await this.#connect();
      this.#attempts = clock.monotonic() - startedAt >= GOOD_LIFE ? 0 : this.#attempts + 1;
      // Full jitter: verifiers that a restart of the issuer cut off must not come back all at once.
      await this.#pause(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#attempts));
      this.#reconnects++;
    }
  }

  /** One connection, from its beginning to its end. */
  async #connect(): Promise<void> {
    const connection = new AbortController();
    this.#connection = connection;
    const watch = new Watch(this.#settings, connection);
    this.#isBeginning = this.log.position === undefined;
    try {
      await this.#follow(connection.signal, watch);
    } catch (error) {
      this.#fail(connection.signal.aborted ? connection.signal.reason : error);
    } finally {
      watch.end();
      this.#isBeginning = false;
      this.#release();
      // Whatever is still open.
      connection.abort(ENDED_ON_PURPOSE);
    }
  }

  async #follow(signal: AbortSignal, watch: Watch): Promise<void> {
    this.log.freshness.connect();
    if (this.log.position === undefined) {
      watch.expect(SNAPSHOT_TIMEOUT);
      const step = this.#take(await this.#reader.read(await this.#transport.snapshot(signal)));
      if (step !== 'followed')
        throw new RevocationFeedError('not_a_feed', 'The answer of the issuer is no snapshot.');
      this.#isBeginning = false;
      this.#release();
    }
    if (this.#mode === 'stream') await this.#stream(signal, watch);
    else await this.#poll(signal, watch);
  }

  async #stream(signal: AbortSignal, watch: Watch): Promise<void> {
    const { position } = this.log;
    if (position === undefined) return;
    watch.expect(SILENCE);
    let isHeard = false;
    try {
      for await (const jws of this.#transport.stream(position, signal)) {
        const step = await this.#hear(jws);
        if (step === 'lost') return;
        if (step !== 'followed') continue;
        isHeard = true;
        this.#strikes = 0;
        watch.expect(SILENCE);
      }
      if (!isHeard) throw new RevocationFeedError('silent', 'The revocation feed ended before it began.');
    } catch (error) {
      const reason: unknown = signal.aborted ? signal.reason : error;
      if (!isHeard && reason instanceof RevocationFeedError) this.#strike();
      throw error;
    }
  }

  /** A stream was opened and gave nothing, though the issuer answers. */
  #strike(): void {
    // It may have begun with a snapshot that was too large to come in time; and that shows whether the issuer has anything to say.
    this.log.restart();
    this.#strikes++;
    if (this.#strikes < STRIKES) return;
    this.#strikes = 0;
    this.#mode = 'poll';
    this.#probeAfter(FIRST_PROBE);
  }

  async #poll(signal: AbortSignal, watch: Watch): Promise<void> {
    for (let wait = FIRST_POLL_WAIT; this.log.position !== undefined; wait = this.#pollWait) {
      watch.expect(wait + ALLOWANCE);
      const steps: Step[] = [];
      for (const jws of await this.#transport.poll(this.log.position, wait, signal)) {
        steps.push(await this.#hear(jws));
      }
      // Asking again at once would be a storm.
      if (!steps.includes('followed'))
        throw new RevocationFeedError('silent', 'A long poll brought nothing new.');
    }
  }

  /** An event that is not to be trusted is as good as none: if it matters, the next one shows a gap. */
  async #hear(jws: string): Promise<Step> {
    try {
      return this.#take(await this.#reader.read(jws));
    } catch (error) {
      if (!(error instanceof RevocationFeedError)) throw error;
      this.#rejected++;
      return 'repeated';
    }
  }

  #take(event: Parameters<RevocationLog['take']>[0]): Step {
    const step = this.log.take(event);
    if (step === 'lost') this.#gaps++;
    if (step === 'followed') this.#isTold = false;
    return step;
  }

  /** Tries now and then whether a stream gets through, beside the long polls, which go on. */
  #probeAfter(seconds: number): void {
    const cancel = this.#settings.clock.after(seconds, () => {
      this.#closing.signal.removeEventListener('abort', cancel);
      void this.#probe().then((isThrough) => {
        if (this.isClosed) return;
        if (isThrough) {
          this.#mode = 'stream';
          this.#connection.abort(ENDED_ON_PURPOSE);
        } else {
          this.#probeAfter(Math.min(2 * seconds, LONGEST_PROBE));
        }
      });
    });
    this.#closing.signal.addEventListener('abort', cancel);
  }

  async #probe(): Promise<boolean> {
    const { position } = this.log;
    if (position === undefined) return false;
    const probe = new AbortController();
    const watch = new Watch(this.#settings, probe);
    const end = (): void => probe.abort(ENDED_ON_PURPOSE);
    this.#closing.signal.addEventListener('abort', end);
    watch.expect(SILENCE);
    try {
      for await (const jws of this.#transport.stream(position, probe.signal)) {
        if (await this.#reader.read(jws).catch(() => undefined)) return true;
      }
      return false;
    } catch {
      return false;
    } finally {
      watch.end();
      end();
      this.#closing.signal.removeEventListener('abort', end);
    }
  }

  #fail(error: unknown): void {
    if (error === ENDED_ON_PURPOSE || this.isClosed) return;
    if (error instanceof RevocationFeedError && error.code === 'untrusted_event') this.#rejected++;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#settings.onFailure(
      error instanceof RevocationFeedError
        ? error
        : new RevocationFeedError('unreachable', 'The revocation feed cannot be reached.', { cause: error }),
    );
  }

  #pause(seconds: number): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#closing.signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#settings.clock.after(seconds, end);
      this.#closing.signal.addEventListener('abort', end);
    });
  }
}

/** Ends a connection over which nothing new came in time. */
class Watch {
  readonly #settings: RevocationSettings;
  readonly #connection: AbortController;
  #cancel = (): void => undefined;

  constructor(settings: RevocationSettings, connection: AbortController) {
    this.#settings = settings;
    this.#connection = connection;
  }

  /** News must come within so many seconds from now. */
  expect(seconds: number): void {
    this.#cancel();
    this.#cancel = this.#settings.clock.after(seconds, () => {
      this.#connection.abort(new RevocationFeedError('silent', 'The revocation feed has fallen silent.'));
    });
  }

  end(): void {
    this.#cancel();
  }
}
