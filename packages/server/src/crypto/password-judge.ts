import type { PasswordJudge } from '../ports/hasher.ts';
import type { PasswordThreads } from './password-threads.ts';

/** Below this score of zxcvbn (0 to 4) a password falls to an online attack. */
const LEAST_SCORE = 3;
/** zxcvbn's time grows with the length; what is this long is judged by its beginning. */
const JUDGED_LENGTH = 100;
/**
 * How many ways of reading "p4$$w0rd" are tried. With the library's own 100 a hostile password of 100 characters took
 * most of a second (attack 94).
 */
const LEET_READINGS = 4;

/** Judges passwords in a thread of their own. */
export function createPasswordJudge(threads: PasswordThreads): PasswordJudge {
  return async (password, known) =>
    (await threads.run({ kind: 'judge', password, known })) as string | undefined;
}

let loaded: Promise<Estimator> | undefined;

/**
 * What is wrong with a password, by the dictionaries that attackers use, without a network; undefined for nothing. They are loaded
 * at the first call.
 */
export async function judgePassword(password: string, known: readonly string[]): Promise<string | undefined> {
  loaded ??= loadEstimator();
  const estimate = await loaded.catch((error: unknown) => {
    // Such as too many open files: the next call tries again.
    loaded = undefined;
    throw error;
  });
  if (estimate(password.slice(0, JUDGED_LENGTH), known) >= LEAST_SCORE) return undefined;
  return 'This password is on the lists that attackers try first. Use a few unrelated words.';
}

type Estimator = (password: string, known: readonly string[]) => number;

async function loadEstimator(): Promise<Estimator> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    l33tMaxSubstitutions: LEET_READINGS,
  });
  return (password, known) => zxcvbn.check(password, [...known]).score;
}
