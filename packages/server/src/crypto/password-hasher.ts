import type { PasswordHasher } from '../ports/hasher.ts';
import type { PasswordThreads } from './password-threads.ts';

// OWASP Password Storage Cheat Sheet: argon2id (the library's default) with 19 MiB, two passes, one lane, or more.
export const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Whoever asks for an account that does not exist waits as long as for one that does, at the first time too. Zeros are no
// hash of anything that is known, and a match would not count.
const DECOY = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** argon2id in threads of their own. */
export function createPasswordHasher(threads: PasswordThreads): PasswordHasher {
  return {
    hash: async (password) => (await threads.run({ kind: 'hash', password: canonical(password) })) as string,
    async verify(stored, password) {
      const job = { kind: 'verify', hash: stored ?? DECOY, password: canonical(password) } as const;
      const right = await threads.run(job);
      return right === true && stored !== undefined;
    },
    requireCapacity: () => threads.requireCapacity(),
  };
}

// NIST SP 800-63B-4 section 3.1.1.2: normalise before hashing, so that one password typed on two systems is one.
function canonical(password: string): string {
  return password.normalize('NFC');
}
