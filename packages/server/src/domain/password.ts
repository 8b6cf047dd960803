import type { PasswordJudge } from '../ports/hasher.ts';
import { ServiceError } from './errors.ts';

/** NIST SP 800-63B-4 section 3.1.1.2: the least length where the password is the only factor. */
const PASSWORD_MINIMUM_LENGTH = 15;
/** Bounds the work that a stranger can ask for (attack 94). */
export const PASSWORD_MAXIMUM_BYTES = 1024;

/** Throws `password_too_weak` with a sentence for the person. No rules of composition: length and guessability count. */
export async function requireStrongPassword(
  password: string,
  known: readonly string[],
  judge: PasswordJudge,
): Promise<void> {
  // Code points, so that one emoji is one character.
  if ([...password.normalize('NFC')].length < PASSWORD_MINIMUM_LENGTH) {
    throw new ServiceError(
      'password_too_weak',
      `Use at least ${PASSWORD_MINIMUM_LENGTH} characters: a few words are easy to remember.`,
    );
  }
  const weakness = await judge(password, known);
  if (weakness !== undefined) throw new ServiceError('password_too_weak', weakness);
}
