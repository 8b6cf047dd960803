import type { Client, SessionEvent } from '@latchstring/client';
import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';

/** Something that happened to the session, here or in another tab. */
export interface Activity extends Pick<SessionEvent, 'reason' | 'remote'> {
  readonly id: number;
  readonly at: Date;
}

const KEPT = 30;

const activities = shallowRef<readonly Activity[]>([]);

/** What happened to the session since the page was opened, newest first. */
export function useActivity(): Readonly<ShallowRef<readonly Activity[]>> {
  return activities;
}

/** Listens to the client for as long as the page is open. */
export function followActivity(client: Client): void {
  client.onChange(({ reason, remote, state }) => {
    // That nobody is logged in yet is no news.
    if (reason === 'session' && state.status === 'anonymous') return;
    const before = activities.value;
    const activity = { id: (before[0]?.id ?? 0) + 1, at: new Date(), reason, remote };
    activities.value = [activity, ...before].slice(0, KEPT);
  });
}
