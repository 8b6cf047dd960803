import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { decode, encodingOf } from './exhaustive/encoding.ts';
import { move } from './exhaustive/moves.ts';
import { search } from './exhaustive/search.ts';
import type { Search } from './exhaustive/search.ts';
import { FEATURES, boundOf, pairs, settingOf } from './exhaustive/setting.ts';
import type { Feature, Setting } from './exhaustive/setting.ts';
import { openedSession } from './exhaustive/state.ts';
import type { State } from './exhaustive/state.ts';
import type { ModelTimes } from './model/schedules.ts';
import { oneBehindIsFine, withGrace } from './model/worse.ts';

/** `npm run model -- exhaustive` sets it: every pair of features, and not only a choice of them. */
const IS_LONG = process.env['LATCHSTRING_MODEL'] === 'exhaustive';
const PATIENCE = IS_LONG ? 1_200_000 : 60_000;

type Times = Omit<ModelTimes, 'minimumAge'>;

/** Requests live for one tick; M is 4. */
const SHORT_LIVES: Times = {
  clientTimeout: 1,
  judgedWithin: 1,
  storedWithin: 1,
  forgotten: 1,
  supersededWindow: 1,
};
/** They live twice as long as the page waits, and so may their cookies: as 15 s and 30 s do. M is 7. */
const TWICE: Times = { ...SHORT_LIVES, judgedWithin: 2, storedWithin: 2, forgotten: 2 };
/** The page takes no cookie of a request that it gave up; the server is late. */
const ABORTING: Times = { ...SHORT_LIVES, judgedWithin: 2, forgotten: 2 };

interface Run {
  readonly times: Times;
  readonly isLocked: boolean;
  readonly features: readonly Feature[];
}

const BOTH = [true, false] as const;
const each = (times: Times, features: readonly (readonly Feature[])[]): Run[] =>
  features.flatMap((some) => BOTH.map((isLocked) => ({ times, isLocked, features: some })));

const ALONE = [[], ...FEATURES.map((feature) => [feature] as const)];
const PAIRS = pairs();
const WITHOUT_THIEF = PAIRS.filter(([one, other]) => one !== 'thief' && other !== 'thief');
/** With more ticks, these pairs with a thief are some million states each. */
const FEW = ['loss', 'reordering', 'retries', 'two servers', 'server crash'] as const;

const RUNS: readonly Run[] = IS_LONG
  ? [
      ...each(SHORT_LIVES, ALONE),
      ...each(SHORT_LIVES, PAIRS),
      ...each(TWICE, ALONE),
      ...each(TWICE, WITHOUT_THIEF),
      ...each(
        TWICE,
        FEW.map((feature) => [feature, 'thief']),
      ),
      ...each(ABORTING, WITHOUT_THIEF),
    ]
  : [
      ...each(
        SHORT_LIVES,
        ALONE.filter(([feature]) => feature !== 'thief'),
      ),
      { times: SHORT_LIVES, isLocked: false, features: ['thief'] },
      { times: SHORT_LIVES, isLocked: true, features: ['two servers', 'thief'] },
      ...each(SHORT_LIVES, [
        ['loss', 'reordering'],
        ['reordering', 'retries'],
        ['two servers', 'server crash'],
        ['two servers', 'restore'],
      ]),
    ];

/** With M this much above its bound. */
function settingAbove(times: Times, isLocked: boolean, features: readonly Feature[], above: number): Setting {
  const forgotten = features.includes('browser crash') ? times.forgotten : 0;
  const minimumAge = boundOf({ ...times, forgotten }) + above;
  return settingOf({ ...times, forgotten, minimumAge }, isLocked, features);
}

describe('the refresh protocol, in every state that can be reached', () => {
  const found: Search[] = [];
  const note = (name: string, result: Search): Search => {
    found.push(result);
    if (IS_LONG) {
      const { states, depth, seconds } = result;
      process.stdout.write(`${name}: ${states} states, ${depth} steps deep, ${seconds.toFixed(1)} s\n`);
    }
    return result;
  };

  test.each(RUNS.map((run) => [describeRun(run), run] as const))(
    'A8: nobody is logged out for nothing, and no thief lives on beside the person: %s',
    { timeout: PATIENCE },
    (name, { times, isLocked, features }) => {
      expect(note(name, search(settingAbove(times, isLocked, features, 1))).fault).toBeUndefined();
    },
  );

  test('every step of the model is taken somewhere', () => {
    const steps = new Set(found.flatMap((result) => [...result.steps]));
    expect([...steps].sort()).toEqual([...STEPS, ...(IS_LONG ? LATER_STEPS : [])].sort());
  });

  test('and they are no more states than were promised', () => {
    expect(sum(found)).toBeLessThan(IS_LONG ? 30_000_000 : 200_000);
  });

  afterAll(() => {
    if (IS_LONG) process.stdout.write(`${found.length} searches, ${sum(found)} states\n`);
  });
});

describe('the bound on M is sharp', () => {
  test.each([
    ['requests that live for 1 tick', SHORT_LIVES, []],
    ['requests that live for 2 ticks', TWICE, []],
    ['requests that live for 3 ticks', { ...TWICE, judgedWithin: 3, storedWithin: 3 }, []],
    ['a page that aborts, and a late server', ABORTING, []],
    ['a browser that forgets 1 tick', SHORT_LIVES, ['browser crash']],
    ['a browser that forgets 2 ticks', TWICE, ['browser crash']],
    ['a page that aborts, and a browser that forgets', ABORTING, ['browser crash']],
  ] as const)(
    'A8: with %s, somebody is logged out at the bound, and nobody above it',
    (_, times, features) => {
      expect(search(settingAbove(times, false, features, 0)).fault).toContain('a false refusal');
      expect(search(settingAbove(times, false, features, 1)).fault).toBeUndefined();
    },
  );

  test('and the run that shows it can be read', () => {
    // M is 3, and so is three lives of a request.
    expect(search(settingAbove(SHORT_LIVES, false, [], 0)).fault?.split('\n')).toEqual([
      'a false refusal: theft',
      '3: a tab sends t1 (0)',
      '3: the server accepts t1 (0), and makes t2',
      '4: a tab sends t1 (0)',
      '4: the browser stores t2 (1)',
      '5: a tab sends t2 (1)',
      '5: the server accepts t1 (0), and makes t3',
      '5: the browser stores t3 (1)',
      '6: a tab sends t3 (1)',
      '6: the server accepts t2 (1), and makes t4',
      '6: the server takes for stolen t3 (1)',
    ]);
  });
});

describe('the search can fail', () => {
  const { times, features } = settingAbove(SHORT_LIVES, true, ['thief'], 1);
  test.each([
    ['a grace for the token before', withGrace, 'was served'],
    ['no alarm for a token one generation behind', oneBehindIsFine, 'a theft was not found'],
  ])('with %s, it finds the thief who gets through', (_name, decide, fault) => {
    expect(search(settingOf(times, true, [...features], decide)).fault).toContain(fault);
  });
});

/** The encoding forgets ages, generations and names. Whatever it forgets must change nothing that comes after. */
test.each(PAIRS.map((pair) => [pair.join(' and '), pair] as const))(
  'a state and its encoding go on alike: %s',
  (_name, features) => {
    const setting = settingAbove(TWICE, false, features, 1);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60, size: 'max' }), (choices) => {
        let state = openedSession();
        for (const choice of choices) {
          const steps = stepsFrom(setting, state);
          const alike = stepsFrom(setting, decode(Buffer.from(encodingOf(setting, state), 'latin1'), 0));
          expect(encodings(setting, alike)).toEqual(encodings(setting, steps));
          state = steps[choice % steps.length] ?? state;
        }
      }),
      { numRuns: IS_LONG ? 200 : 3 },
    );
  },
);

function stepsFrom(setting: Setting, state: State): State[] {
  const steps: State[] = [];
  move(setting, state, (next) => steps.push(next));
  return steps;
}

function encodings(setting: Setting, states: readonly State[]): string[] {
  return [...new Set(states.map((state) => encodingOf(setting, state)))].sort();
}

function sum(found: readonly Search[]): number {
  return found.reduce((total, { states }) => total + states, 0);
}

function describeRun({ times, isLocked, features }: Run): string {
  const { judgedWithin, storedWithin } = times;
  const what = features.length === 0 ? 'nothing else' : features.join(', ');
  return `${isLocked ? 'a lock' : 'no lock'}, ${what}, judged in ${judgedWithin}, stored in ${storedWithin}`;
}

const STEPS: readonly string[] = [
  'a tick',
  'a tab sends',
  'a tab gives up',
  'the browser stores',
  'the browser is killed, and finds',
  'the server accepts',
  'the server answers 409 to',
  'the server takes for stolen',
  'the server finds ahead of its row',
  'the server answers',
  'a server is killed with',
  'the UPDATE does not match',
  'the row that was read says theft of',
  'the row that was read is behind',
  'the row has moved on meanwhile for',
  'recovery is tried for',
  'the network loses',
  'something sends again',
  'the thief copies',
  'the thief uses',
  'the thief uses, and loses the answer to',
  'the thief uses, and has another after',
  'the server refuses the thief with',
  'a backup is made',
  'the backup is restored',
];

/** Only a thief whose end is undone by a restore shows these. */
const LATER_STEPS: readonly string[] = ['the server finds over'];
