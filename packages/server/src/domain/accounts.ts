import type { PasswordHasher, PasswordJudge } from '../ports/hasher.ts';
import type { Limiter } from '../ports/limiter.ts';
import type { Mac } from '../ports/macs.ts';
import type { Random } from '../ports/random.ts';
import type { SessionReading, Store } from '../ports/store.ts';
import { requireRolesToFit } from './access-token.ts';
import type { AccessTokenSettings } from './access-token.ts';
import { canonicalEmail } from './email.ts';
import { ServiceError } from './errors.ts';
import { deviceToken, devicesOf } from './known-device.ts';
import { requireStrongPassword } from './password.ts';
import { accountCounters, createGuesses, deviceCounters, sessionCounters } from './password-guesses.ts';
import type { User } from './user.ts';

/** What the accounts need. */
export interface AccountsDependencies {
  readonly store: Store;
  readonly hasher: PasswordHasher;
  readonly judge: PasswordJudge;
  readonly random: Random;
  readonly limiter: Limiter;
  readonly deviceMac: Mac;
  readonly tokens: AccessTokenSettings;
}

/** A person who asks for an account. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
  /** Only an administrator sets these. */
  readonly roles?: readonly string[];
}

/** Accounts: who is who. */
export interface Accounts {
  /** Throws `overloaded` where no password can be checked at present: before anything is read, a refusal costs next to nothing. */
  requireCapacity(): void;
  /** Throws `email_taken`, `password_too_weak`, `overloaded`. `ip` is undefined on the command line, which no limit holds. */
  create(registration: Registration, ip: string | undefined): Promise<User>;
  /**
   * The user of a right password; throws `credentials_invalid` alike for every other case, `rate_limited`, `overloaded`.
   * `devices` are what the browser shows as its device tokens.
   */
  verifyPassword(email: string, password: string, ip: string, devices?: readonly string[]): Promise<User>;
  /** The device token for a browser in which this person has just logged in: one that it has already, or a new one. */
  deviceOf(user: User, devices: readonly string[]): string;
  /**
   * Ends all other sessions and outdates the tokens of this one. Throws `credentials_invalid`, `password_too_weak`,
   * and `session_ended` where the session or the account has changed meanwhile.
   */
  changePassword(reading: SessionReading, current: string, next: string, ip: string): Promise<SessionReading>;
  /** Throws `not_found`, and `request_invalid` for roles that do not fit into a token. */
  setRoles(email: string, roles: readonly string[]): Promise<User>;
  disable(email: string, reason: string): Promise<User>;
  enable(email: string): Promise<User>;
}

// RFC 6749 section 3.3, scope-token, without the characters that JSON would escape; 64 characters.
const ROLE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$/;

const WRONG = 'The email or the password is wrong.';

/** Wires the rules of accounts to a store. */
export function createAccounts({
  store,
  hasher,
  judge,
  random,
  limiter,
  deviceMac,
  tokens,
}: AccountsDependencies): Accounts {
  const guesses = createGuesses(limiter);

  async function create(registration: Registration, ip: string | undefined): Promise<User> {
    const roles = requireRoles(registration.roles ?? [], tokens);
    const email = canonicalEmail(registration.email);
    const name = registration.name?.normalize('NFC').trim() ?? '';
    if (ip !== undefined) await limiter.take('register_address', ip);
    await requireStrongPassword(registration.password, [email, ...email.split('@'), name], judge);
    const passwordHash = await hasher.hash(registration.password);
    const user = { id: random.uuid(), email, name: name === '' ? null : name, passwordHash, roles };
    const created = await store.insertUser(user, {
      kind: 'user_created',
      userId: user.id,
      ...(ip === undefined ? {} : { ip }),
    });
    if (created === undefined)
      throw new ServiceError('email_taken', 'There is an account with this email already.');
    return created;
  }

  async function verifyPassword(
    address: string,
    password: string,
    ip: string,
    devices: readonly string[] = [],
  ): Promise<User> {
    const email = canonicalEmail(address);
    await limiter.take('login_address', ip);
    const user = await store.userByEmail(email);
    // Attack 91: who has logged in from this browser before is not locked out by what others do elsewhere.
    const [device] = user === undefined ? [] : devicesOf(user.id, devices, deviceMac);
    const counters = device === undefined ? accountCounters(email) : deviceCounters(device);
    const right = await guesses.look(counters, () => hasher.verify(user?.passwordHash, password));
    if (user === undefined || !right || user.disabledAt !== null) {
      await store.recordEvent({
        kind: 'login_failed',
        ip,
        ...(user === undefined ? {} : { userId: user.id }),
      });
      throw new ServiceError('credentials_invalid', WRONG);
    }
    await guesses.giveBack(counters);
    return user;
  }

  async function changePassword(
    { session, user }: SessionReading,
    current: string,
    next: string,
    ip: string,
  ): Promise<SessionReading> {
    const counters = sessionCounters(session.id, user.id);
    const right = await guesses.look(counters, () => hasher.verify(user.passwordHash, current));
    const facts = { userId: user.id, sessionId: session.id, ip };
    if (!right) {
      await store.recordEvent({ kind: 'password_change_failed', ...facts });
      throw new ServiceError('credentials_invalid', 'The current password is wrong.');
    }
    await guesses.giveBack(counters);
    await requireStrongPassword(
      next,
      [user.email, ...user.email.split('@'), user.name ?? '', current],
      judge,
    );
    const change = {
      userId: user.id,
      expectedPasswordVersion: user.passwordVersion,
      passwordHash: await hasher.hash(next),
      keepSessionId: session.id,
    };
    const kept = await store.changePassword(change, { kind: 'password_changed', ...facts });
    if (kept === undefined || kept === 'stale') {
      throw new ServiceError('session_ended', 'The account has changed in the meantime. Log in again.');
    }
    return kept;
  }

  async function idOf(email: string): Promise<string> {
    const user = await store.userByEmail(canonicalEmail(email));
    if (user === undefined) throw new ServiceError('not_found', 'There is no account with this email.');
    return user.id;
  }

  async function required(change: Promise<User | undefined>): Promise<User> {
    const user = await change;
    if (user === undefined) throw new ServiceError('not_found', 'The account is gone.');
    return user;
  }

  return {
    requireCapacity: () => hasher.requireCapacity(),
    create,
    verifyPassword,
    deviceOf: (user, devices) =>
      devicesOf(user.id, devices, deviceMac)[0] ?? deviceToken(user.id, random, deviceMac),
    changePassword,
    async setRoles(email, roles) {
      const checked = requireRoles(roles, tokens);
      const userId = await idOf(email);
      return required(store.setRoles(userId, checked, { kind: 'roles_changed', userId }));
    },
    async disable(email, reason) {
      const userId = await idOf(email);
      return required(store.disableUser(userId, reason, { kind: 'user_disabled', userId }));
    },
    async enable(email) {
      const userId = await idOf(email);
      return required(store.enableUser(userId, { kind: 'user_enabled', userId }));
    },
  };
}

function requireRoles(roles: readonly string[], tokens: AccessTokenSettings): readonly string[] {
  for (const role of roles) {
    if (!ROLE_PATTERN.test(role)) {
      throw new ServiceError('request_invalid', 'A role is an id of 1 to 64 letters, digits and _ . : / -');
    }
  }
  const unique = [...new Set(roles)];
  requireRolesToFit(unique, tokens);
  return unique;
}
