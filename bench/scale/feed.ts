import { setTimeout } from 'node:timers/promises';
import { ROUTES } from '@latchstring/protocol';

/** What followers of the feed receive. */
export interface FeedSizes {
  /** Bytes of an event that ends one session. */
  readonly event: number;
  /** Bytes of an event that says that nothing has happened. */
  readonly heartbeat: number;
  /** Bytes of a snapshot for each entry in it. */
  readonly snapshotEntry: number;
}

/** Reads the feed after a few sessions were ended, each by itself, and after many more. */
export async function measureFeed(
  port: number,
  endFew: () => Promise<void>,
  endMany: () => Promise<void>,
): Promise<FeedSizes> {
  const url = `http://127.0.0.1:${port}${ROUTES.revocations}`;
  const before = payloadOf(await read(url));
  const place = `${before.epoch}.${before.seq}`;
  await endFew();
  const events = (await read(`${url}?after=${place}&wait=1`)).trimEnd().split('\n');
  const ends = events.filter((event) => payloadOf(event).entries.length > 0);
  await endMany();
  const snapshot = await readSnapshot(url, ends.length);
  const { epoch, seq, entries } = payloadOf(snapshot);
  const heartbeats = (await read(`${url}?after=${epoch}.${seq}&wait=2`)).trimEnd().split('\n');
  return {
    event: mean(ends.map(({ length }) => length)),
    heartbeat: mean(heartbeats.map(({ length }) => length)),
    snapshotEntry: snapshot.length / entries.length,
  };
}

/** A snapshot of more entries than these: one may be a second old. */
async function readSnapshot(url: string, entries: number): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const snapshot = await read(url);
    if (payloadOf(snapshot).entries.length > entries) return snapshot;
    await setTimeout(100);
  }
  throw new Error('The snapshot does not grow.');
}

interface Payload {
  readonly epoch: string;
  readonly seq: number;
  readonly entries: readonly unknown[];
}

async function read(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The feed answered ${response.status}.`);
  return response.text();
}

function payloadOf(event: string): Payload {
  return JSON.parse(Buffer.from(event.split('.')[1] ?? '', 'base64url').toString()) as Payload;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
