import type { SessionEvent } from '@latchstring/client';
import { useClient } from '@latchstring/react';
import { createContext, useContext, useEffect, useState } from 'react';
import type { ReactElement, ReactNode } from 'react';

/** Something that happened to the session, here or in another tab. */
export interface Activity extends Pick<SessionEvent, 'reason' | 'remote'> {
  readonly id: number;
  readonly at: Date;
}

const KEPT = 30;

const ActivityContext = createContext<readonly Activity[]>([]);

/** What happened to the session since the page was opened, newest first. */
export function useActivity(): readonly Activity[] {
  return useContext(ActivityContext);
}

/** Listens to the client for as long as the page is open. */
export function ActivityProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const client = useClient();
  const [activities, setActivities] = useState<readonly Activity[]>([]);
  useEffect(
    () =>
      client.onChange(({ reason, remote, state }) => {
        // That nobody is logged in yet is no news.
        if (reason === 'session' && state.status === 'anonymous') return;
        const at = new Date();
        setActivities((before) =>
          [{ id: (before[0]?.id ?? 0) + 1, at, reason, remote }, ...before].slice(0, KEPT),
        );
      }),
    [client],
  );
  return <ActivityContext value={activities}>{children}</ActivityContext>;
}
