import fc from 'fast-check';
import type { SessionMode } from '@latchstring/protocol';
import { M, MARGIN, S } from '../refresh/world.ts';

/** How many sessions the person has. */
export const SESSIONS = 2;
/** How many servers there are. */
export const SERVERS = 2;

/** One operation of a client, on one of the servers. */
export type Step = { readonly server: number } & (
  | {
      readonly kind: 'refresh';
      readonly session: number;
      /** Which of the tokens that were handed out by then: 0 is the newest. */
      readonly back: number;
    }
  | { readonly kind: 'logout' | 'read'; readonly session: number }
  | { readonly kind: 'disable' | 'rotate' }
);

/** What clients do at the same time, each of them one thing after the other. */
export interface Round {
  /** How long before it nothing happens. Milliseconds; far from every limit of the protocol. */
  readonly pause: number;
  readonly clients: readonly (readonly Step[])[];
}

export interface Schedule {
  readonly mode: SessionMode;
  readonly rounds: readonly Round[];
}

/** Longer than S, and two of them shorter than M, three longer. */
const PAUSE = S + 2 * MARGIN;

const server = fc.nat(SERVERS - 1);
const session = fc.nat(SESSIONS - 1);

const refresh = fc.record({
  kind: fc.constant('refresh'),
  server,
  session,
  back: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(4) }),
});
const onSession = (kind: 'logout' | 'read'): fc.Arbitrary<Step> =>
  fc.record({ kind: fc.constant(kind), server, session });
const onAll = (kind: 'disable' | 'rotate'): fc.Arbitrary<Step> =>
  fc.record({ kind: fc.constant(kind), server });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: refresh },
  { weight: 6, arbitrary: onSession('read') },
  { weight: 2, arbitrary: onSession('logout') },
  { weight: 1, arbitrary: onAll('disable') },
  { weight: 2, arbitrary: onAll('rotate') },
);

const round: fc.Arbitrary<Round> = fc.record({
  pause: fc.constantFrom(0, PAUSE, M + MARGIN, M + MARGIN, M + MARGIN),
  clients: fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 5,
    size: 'max',
  }),
});

/** Four clients or so, for some rounds; the access tokens of the beginning live until the end. */
export const schedules: fc.Arbitrary<Schedule> = fc.record({
  mode: fc.constantFrom('cookie', 'bearer'),
  rounds: fc.array(round, { minLength: 2, maxLength: 5, size: 'max' }),
});
