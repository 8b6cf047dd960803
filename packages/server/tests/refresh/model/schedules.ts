import fc from 'fast-check';

/** The times of the protocol in ticks. */
export interface ModelTimes {
  /** How long the page waits for an answer. */
  readonly clientTimeout: number;
  /** The longest from the sending of a request to its judgement. */
  readonly judgedWithin: number;
  /** The longest from the sending of a request until the browser stores its answer's cookie. */
  readonly storedWithin: number;
  /** The most that a browser's cookies go back in time when it is killed. */
  readonly forgotten: number;
  /** M. */
  readonly minimumAge: number;
  /** S. */
  readonly supersededWindow: number;
}

/** What the network, and the page, make of one request. Ticks since it was sent. */
export interface Fate {
  readonly judged: number;
  /** A second copy of the request, made on the way: the answer is then the copy's. */
  readonly copy: number | undefined;
  readonly answered: number;
  readonly lost: 'nothing' | 'request' | 'answer';
  /** When the page is reloaded, or gives up; it then asks again at once, if there is another fate. */
  readonly patience: number;
}

/** Something that happens, some ticks after the one before. */
export type Act = { readonly after: number } & (
  | { readonly kind: 'refresh'; readonly fates: readonly Fate[] }
  /** The browser is killed, and its cookies are those of a moment ago. */
  | { readonly kind: 'crash'; readonly rollback: number }
  /** The thief copies the cookies. */
  | { readonly kind: 'steal' }
  /** The thief uses a token: the newest of theirs, or one further back. */
  | { readonly kind: 'abuse'; readonly back: number; readonly fate: Fate }
);

/** A whole run: everything that is left to chance or to an adversary. */
export interface Schedule {
  /** Whether the tabs share a lock. */
  readonly locked: boolean;
  readonly acts: readonly Act[];
}

/** Schedules of one person with several tabs. */
export function honestSchedules(times: ModelTimes): fc.Arbitrary<Schedule> {
  return fc.record({ locked: fc.boolean(), acts: fc.array(honestAct(times), LENGTH) });
}

/** Schedules in which, at some moment, somebody copies the cookies and uses them. */
export function theftSchedules(times: ModelTimes): fc.Arbitrary<Schedule> {
  const abuse: fc.Arbitrary<Act> = fc.record({
    kind: fc.constant('abuse'),
    after: gap(times),
    back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(3)),
    fate: fate(times),
  });
  const steal: fc.Arbitrary<Act> = fc.record({ kind: fc.constant('steal'), after: gap(times) });
  const before = fc.array(honestAct(times), { ...LENGTH, maxLength: 8 });
  const after = fc.array(fc.oneof(honestAct(times), abuse), LENGTH);
  return fc
    .tuple(fc.boolean(), before, steal, after)
    .map(([locked, acts, theft, rest]) => ({ locked, acts: [...acts, theft, ...rest] }));
}

/** Honest schedules in which everything is as early or as late as it can be: the hardest for the bound on M. */
export function schedulesAtTheLimits(times: ModelTimes): fc.Arbitrary<Schedule> {
  const { clientTimeout, judgedWithin, storedWithin, minimumAge } = times;
  const fate: fc.Arbitrary<Fate> = fc.record({
    judged: fc.constantFrom(0, judgedWithin),
    copy: fc.constant(undefined),
    answered: fc.constantFrom(0, storedWithin),
    lost: fc.constant('nothing'),
    patience: fc.constant(clientTimeout),
  });
  const refresh: fc.Arbitrary<Act> = fc.record({
    kind: fc.constant('refresh'),
    after: fc.constantFrom(0, storedWithin, minimumAge),
    fates: fc.tuple(fate),
  });
  return fc.record({ locked: fc.boolean(), acts: fc.array(refresh, LENGTH) });
}

const LENGTH = { maxLength: 16, size: 'max' } as const;

function honestAct(times: ModelTimes): fc.Arbitrary<Act> {
  const fates = fc.array(fate(times), { minLength: 1, maxLength: 3, size: 'max' });
  return fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('refresh'), after: gap(times), fates }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('crash'),
        after: gap(times),
        rollback: near(times.forgotten, [0, times.forgotten]),
      }),
    },
  );
}

// Chance alone seldom meets a limit: half of the time it is met exactly, or missed by one.
function near(most: number, limits: readonly number[]): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(...limits), fc.integer({ min: 0, max: most }));
}

function gap({ minimumAge, supersededWindow, judgedWithin, storedWithin }: ModelTimes): fc.Arbitrary<number> {
  const limits = [minimumAge, supersededWindow, judgedWithin, storedWithin];
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(0, 1, judgedWithin, storedWithin, minimumAge) },
    { weight: 2, arbitrary: fc.constantFrom(...limits.flatMap((limit) => [limit - 1, limit + 1])) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * minimumAge }) },
  );
}

function fate({ clientTimeout, judgedWithin, storedWithin }: ModelTimes): fc.Arbitrary<Fate> {
  return fc.record({
    judged: near(judgedWithin, [0, 0, storedWithin, judgedWithin]),
    copy: fc.oneof(
      { weight: 7, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: near(judgedWithin, [0, judgedWithin]) },
    ),
    answered: near(storedWithin, [0, storedWithin, storedWithin]),
    lost: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'request', 'answer'),
    patience: near(clientTimeout, [0, clientTimeout, clientTimeout, clientTimeout]),
  });
}
