import { ROUTES } from '@latchstring/protocol';
import { createConnectionPool, formatRequest } from '../lib/connection.ts';
import { offer } from '../lib/offer.ts';
import { FIRST_EMAIL, PASSWORD } from '../service/people.ts';
import { refresh, type ServiceProcess } from '../service/service.ts';

/** What became of the logins that were offered, a second. */
export interface Logins {
  readonly served: number;
  readonly refused: number;
}

/** People at their devices. */
export interface Clients {
  /** Offers refreshes, each of another session and a promotion. Gives what each took, in milliseconds. */
  refresh(): Promise<number[]>;
  /** Offers so many logins a second, for as long. */
  logIn(perSecond: number): Promise<Logins>;
  close(): void;
}

/** More than M: every refresh token has become one that is due. Milliseconds. */
const PAUSE = 121_000;

/** How long the queue is given to fill before the refreshes and the counting begin. Milliseconds. */
const LEAD = 500;

/** Opens as many sessions as are refreshed in a phase. */
export async function createClients(
  service: ServiceProcess,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Clients> {
  const pool = createConnectionPool(service.port);
  const sessions = await service.openSessions(Math.round(perSecond * seconds));
  const request = formatRequest(`POST ${ROUTES.login}`, ['user-agent: bench'], {
    email: FIRST_EMAIL,
    password: PASSWORD,
    mode: 'bearer',
  });
  return {
    async refresh() {
      await service.advance(PAUSE);
      await new Promise((resolve) => setTimeout(resolve, LEAD));
      const waiting = sessions.values();
      const times: number[] = [];
      await offer(perSecond, seconds, async (due) => {
        const session = waiting.next().value;
        if (session === undefined) return;
        await refresh(pool, session);
        times.push(performance.now() - due);
      });
      return times;
    },
    async logIn(loginsPerSecond) {
      const start = performance.now() + LEAD;
      const end = start + seconds * 1000;
      const counts = { served: 0, refused: 0 };
      await offer(loginsPerSecond, seconds + LEAD / 1000, async () => {
        const { status } = await pool.ask(request);
        const now = performance.now();
        if (status !== 200 && status !== 503) throw new Error(`A login was answered with ${status}.`);
        if (now >= start && now < end) counts[status === 200 ? 'served' : 'refused']++;
      });
      return { served: counts.served / seconds, refused: counts.refused / seconds };
    },
    close: () => pool.close(),
  };
}
