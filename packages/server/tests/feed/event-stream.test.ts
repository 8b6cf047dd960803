import { expect, test } from 'vitest';
import type { FeedEvent, RevocationFeed, Subscriber } from '../../src/domain/revocation-feed.ts';
import { openEventStream } from '../../src/http/event-stream.ts';
import { statementTimeout } from '../../src/config/times.ts';

const MEGABYTE = 'x'.repeat(1024 * 1024);

function event(seq: number, jws: string): FeedEvent {
  return { position: { epoch: 'e', seq }, id: `e.${seq}`, jws };
}

/** A reader that has read nothing yet, and what sends to it. */
async function openUnread(begin: FeedEvent): Promise<{ send: Subscriber; ended: () => boolean }> {
  let send: Subscriber = () => undefined;
  let ended = false;
  const feed: Pick<RevocationFeed, 'subscribe'> = {
    subscribe(_after, subscriber) {
      send = subscriber;
      return Promise.resolve({ missed: [begin], close: () => undefined });
    },
  };
  const closed = (): void => void (ended = true);
  await openEventStream(feed as RevocationFeed, undefined, new AbortController().signal, closed);
  return { send, ended: () => ended };
}

test('attack 88: a reader that leaves too much unread is cut off, and not for a large beginning', async () => {
  const { send, ended } = await openUnread(event(1, MEGABYTE.repeat(6)));
  send(event(2, 'a heartbeat'));
  expect(ended()).toBe(false);
  for (let seq = 3; seq < 8; seq++) send(event(seq, MEGABYTE));
  expect(ended()).toBe(true);
});

test('F6: however short the deadline, no statement is without a limit', () => {
  // To PostgreSQL a time-out of 0 is none.
  for (const deadline of [0.001, 1, 2, 15_000]) expect(statementTimeout(deadline)).toBeGreaterThanOrEqual(1);
});
