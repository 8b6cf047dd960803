import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeRun, honestFindings, theftFindings } from './model/findings.ts';
import { honestSchedules, schedulesAtTheLimits, theftSchedules } from './model/schedules.ts';
import type { ModelTimes, Schedule } from './model/schedules.ts';
import type { Decide, Judgement } from './model/server.ts';
import { simulate } from './model/simulation.ts';
import type { Run } from './model/simulation.ts';
import { oneBehindIsFine, withGrace } from './model/worse.ts';

/** How many schedules each property is tried with; `npm run model -- 100000` sets it. */
const SCHEDULES = Number(process.env['LATCHSTRING_MODEL_SCHEDULES'] ?? 2000);
const PATIENCE = 60_000 + SCHEDULES * 20;

/** A time-out of 3 and a deadline of 3 ticks: a request lives for 6, and so may a cookie that comes with its answer. */
const LIFE = 6;
const PATIENT: ModelTimes = {
  clientTimeout: 3,
  judgedWithin: LIFE,
  storedWithin: LIFE,
  forgotten: 0,
  // The least that the settings take: M > 3 × (time-out + deadline).
  minimumAge: 3 * LIFE + 1,
  supersededWindow: 3,
};

/**
 * A browser takes no cookie of a request that it gave up. What that leaves over is spent on a server that is late, and on
 * a browser that is killed and forgets: M > 2 × storedWithin + judgedWithin + forgotten.
 */
const ABORTING: ModelTimes = { ...PATIENT, judgedWithin: LIFE + 3, storedWithin: 3, forgotten: 3 };

/** At the bound instead of above it. */
const TOO_EAGER: ModelTimes = { ...PATIENT, minimumAge: 3 * LIFE };

function require(findings: readonly string[], run: Run): void {
  if (findings.length > 0) throw new Error(`${findings.join('\n')}\n${describeRun(run)}`);
}

function honestProperty(times: ModelTimes, schedules = honestSchedules(times)): fc.IProperty<[Schedule]> {
  return fc.property(schedules, (schedule) => {
    const run = simulate(times, schedule);
    require(honestFindings(run), run);
  });
}

function theftProperty(times: ModelTimes, decide?: Decide): fc.IProperty<[Schedule]> {
  return fc.property(theftSchedules(times), (schedule) => {
    const run = simulate(times, schedule, decide);
    require(theftFindings(run, times), run);
  });
}

describe.each([
  ['that live to the very end', PATIENT],
  ['that are given up in time', ABORTING],
])(`the refresh protocol, in ${SCHEDULES} schedules with requests %s`, (_name, times) => {
  const options = { numRuns: SCHEDULES };

  test('A8: nobody is logged out who shares the session with nobody', { timeout: PATIENCE }, () => {
    fc.assert(honestProperty(times), options);
  });

  test('nor where everything is as early or as late as it can be', { timeout: PATIENCE }, () => {
    fc.assert(honestProperty(times, schedulesAtTheLimits(times)), options);
  });

  test('A8: a thief and a person do not both live on: one of them is found', { timeout: PATIENCE }, () => {
    fc.assert(theftProperty(times), options);
  });
});

describe('the properties can fail', () => {
  const options = { numRuns: 2000, endOnFailure: true };

  test('with M at its bound, somebody is logged out for nothing', () => {
    const found = fc.check(honestProperty(TOO_EAGER, schedulesAtTheLimits(TOO_EAGER)), options);
    expect(String(found.errorInstance)).toContain('a false refusal');
  });

  test('with a browser that forgets more than M leaves over, too', () => {
    const fate = { judged: 0, copy: undefined, answered: 3, lost: 'nothing', patience: 3 } as const;
    const slow = { ...fate, judged: 9, answered: 9 };
    const findings = (rollback: number): string[] =>
      honestFindings(
        simulate(ABORTING, {
          locked: false,
          acts: [
            // Two children of one token: the first is stored after 3 ticks, the second over it after 6.
            { kind: 'refresh', after: 100, fates: [fate] },
            { kind: 'refresh', after: 3, fates: [fate] },
            // The second is on its way when the browser is killed, and finds the first again.
            { kind: 'refresh', after: 2 + rollback, fates: [slow] },
            { kind: 'crash', after: 0, rollback },
            { kind: 'refresh', after: 14 - rollback, fates: [fate] },
          ],
        }),
      );
    expect(findings(ABORTING.forgotten)).toEqual([]);
    expect(findings(6)).toHaveLength(1);
  });

  test.each([
    ['a grace for the token before', withGrace, /was served/],
    [
      'no alarm for a token one generation behind',
      oneBehindIsFine,
      /theft was not found|no theft was found|lives on/,
    ],
  ])('with %s, a thief gets through', (_name, decide, finding) => {
    const found = fc.check(theftProperty(PATIENT, decide), options);
    expect(String(found.errorInstance)).toMatch(finding);
  });

  test('the schedules come to every answer', () => {
    const runs = fc.sample(theftSchedules(PATIENT), 2000).map((schedule) => simulate(PATIENT, schedule));
    const seen = runs.flatMap(({ judgements }) => judgements.map(describeJudgement));
    expect([...new Set(seen)].sort()).toEqual(
      ['person', 'thief'].flatMap((party) =>
        ['accept', 'accept child', 'over', 'promoted child', 'superseded', 'theft'].map(
          (answer) => `${party}: ${answer}`,
        ),
      ),
    );
  });
});

function describeJudgement({ party, kind, promoted, child }: Judgement): string {
  return `${party}: ${promoted ? 'promoted' : kind}${child === undefined ? '' : ' child'}`;
}
