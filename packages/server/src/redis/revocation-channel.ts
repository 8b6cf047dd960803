import type { RevocationChannel } from '../ports/revocation-channel.ts';
import type { RedisConnections } from './connection.ts';

/** Tells of revocations by Redis pub/sub. What is lost while Redis is away is found by reading the log. */
export function createRevocationChannel(
  { commands, subscriber }: Pick<RedisConnections, 'commands' | 'subscriber'>,
  prefix: string,
): RevocationChannel {
  const channel = `${prefix}:revocations`;
  return {
    publish() {
      commands.publish(channel, '').catch(() => undefined);
    },
    subscribe(tell) {
      subscriber.on('message', tell);
      const begin = (): void => {
        // A connection that is new has missed what came before it.
        subscriber.subscribe(channel).then(tell, () => undefined);
      };
      subscriber.on('ready', begin);
      if (subscriber.status === 'ready') begin();
    },
  };
}
