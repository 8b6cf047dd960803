/** The times that can be set, with what they are unless set. Seconds. */
export const TIMES = {
  accessTokenLifetime: 900,
  refreshMinimumAge: 120,
  refreshSupersededWindow: 30,
  refreshClientTimeout: 15,
  refreshDeadline: 15,
  sessionIdleLifetime: 604_800,
  sessionLifetime: 2_592_000,
  keyRotationInterval: 2_592_000,
} as const;

/** The name of a time that can be set. */
export type TimeName = keyof typeof TIMES;

/** The environment variable of a time. */
export function timeVariable(name: TimeName): string {
  return `LATCHSTRING_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** What is wrong with the times (milliseconds), a sentence each; what is unwise is added to `warnings`. */
export function timeProblems(times: Readonly<Record<TimeName, number>>, warnings: string[]): string[] {
  const wrong = (Object.keys(TIMES) as TimeName[]).filter(
    (name) => !(Number.isFinite(times[name]) && times[name] > 0),
  );
  if (wrong.length > 0) return wrong.map((name) => `${timeVariable(name)} is a number of seconds above 0.`);
  const problems: string[] = [];
  const lifetime = times.accessTokenLifetime;
  if (lifetime < 1000 || lifetime > 3_600_000) {
    problems.push('LATCHSTRING_ACCESS_TOKEN_LIFETIME is from 1 to 3600 s; 300 to 900 is recommended.');
  } else if (lifetime < 300_000 || lifetime > 900_000) {
    warnings.push('LATCHSTRING_ACCESS_TOKEN_LIFETIME is outside the recommended 300 to 900 s.');
  }
  // The bound that the refresh protocol was proved with: see docs/refresh-protocol.md.
  const bound = 3 * (times.refreshClientTimeout + times.refreshDeadline);
  if (times.refreshMinimumAge <= bound) {
    problems.push(
      `LATCHSTRING_REFRESH_MINIMUM_AGE must exceed ${bound / 1000} s, three times the client's time-out and the server's deadline together: below that, people are logged out at random. Raise it, or lower the other two.`,
    );
  }
  if (times.refreshSupersededWindow < times.refreshClientTimeout) {
    problems.push(
      'LATCHSTRING_REFRESH_SUPERSEDED_WINDOW must be at least LATCHSTRING_REFRESH_CLIENT_TIMEOUT: an answer may take that long to arrive.',
    );
  }
  if (times.sessionIdleLifetime > times.sessionLifetime) {
    problems.push('LATCHSTRING_SESSION_IDLE_LIFETIME must not exceed LATCHSTRING_SESSION_LIFETIME.');
  }
  if (times.sessionIdleLifetime < lifetime) {
    problems.push('LATCHSTRING_SESSION_IDLE_LIFETIME must be at least LATCHSTRING_ACCESS_TOKEN_LIFETIME.');
  }
  return problems;
}

/**
 * How long a connection, a lock or a statement may take in the database, so that a refresh is over by its deadline: a third
 * of it at most. Milliseconds.
 */
export function statementTimeout(refreshDeadline: number): number {
  // To PostgreSQL, 0 would mean no limit at all.
  return Math.max(1, Math.min(5000, Math.floor(refreshDeadline / 3)));
}

/**
 * How long after its arrival a refresh may be started, so that it is over by its deadline: a connection takes a statement's time-out
 * at the most, and a statement 1.2 of them, for so long passes until a database that fell silent is given up.
 */
export function latestStart(refreshDeadline: number): number {
  return refreshDeadline - 2.2 * statementTimeout(refreshDeadline);
}
