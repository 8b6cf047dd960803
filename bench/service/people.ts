import { randomBytes, randomUUID } from 'node:crypto';
import type { Administration } from 'latchstring';
import { createSecrets } from '../../packages/server/src/crypto/secrets.ts';
import { issueRefreshToken, NO_PARENT } from '../../packages/server/src/domain/refresh-token.ts';

/** Everybody's. */
export const PASSWORD = 'seven quiet herons over the weir';

/** The address of the one person who is there from the beginning. */
export const FIRST_EMAIL = 'ada@example.com';

const DAY = 86_400_000;
const BATCH = 50;

/** People who are logged in. */
export interface People {
  /** The refresh tokens of so many sessions, each of another person. */
  openSessions(count: number): Promise<string[]>;
}

/**
 * Opens sessions past the password: to hash thousands of them would take minutes and is not what is measured. The rows and the tokens
 * are what a login makes.
 */
export async function createPeople({
  accounts,
  store,
  secret,
}: Pick<Administration, 'accounts' | 'store'> & { readonly secret: string }): Promise<People> {
  const refreshMac = createSecrets(secret, []).mac('refresh');
  const first = await accounts.create({ email: FIRST_EMAIL, password: PASSWORD }, undefined);
  const { passwordHash } = first;
  const openSession = async (): Promise<string> => {
    const [userId, sessionId, nonce] = [randomUUID(), randomUUID(), randomBytes(16)];
    await store.insertUser(
      { id: userId, email: `${userId}@example.com`, name: null, passwordHash, roles: ['member'] },
      { kind: 'user_created', userId },
    );
    const opened = await store.openSession(
      {
        id: sessionId,
        userId,
        mode: 'bearer',
        nonce,
        device: { userAgent: 'bench', ip: '127.0.0.1' },
        methods: ['pwd'],
      },
      first.passwordVersion,
      { idle: 7 * DAY, absolute: 30 * DAY },
      { kind: 'login', userId, sessionId, ip: '127.0.0.1' },
    );
    if (opened === undefined) throw new Error('A session could not be opened.');
    const facts = { sessionId, generation: 0, nonce, parentNonce: NO_PARENT, issuedAt: opened.now };
    return issueRefreshToken(facts, refreshMac);
  };
  return {
    async openSessions(count) {
      const tokens: string[] = [];
      // Not all at once: the last ones would wait for a connection for longer than the service lets anybody wait.
      while (tokens.length < count) {
        const batch = Array.from({ length: Math.min(BATCH, count - tokens.length) }, openSession);
        tokens.push(...(await Promise.all(batch)));
      }
      return tokens;
    },
  };
}
