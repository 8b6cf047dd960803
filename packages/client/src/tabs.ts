import type { SessionView } from '@latchstring/protocol';
import type { Settings } from './options.ts';

/** What one tab tells the others of its origin. Never a token, and nothing of the person. */
export type TabMessage =
  | { readonly reason: 'login' }
  | { readonly reason: 'logout' | 'ended'; readonly session: string | undefined }
  | {
      readonly reason: 'refresh';
      readonly session: SessionView;
      readonly expiresAt: number;
      /** Whether it was because the person's rights had changed. */
      readonly outdated: boolean;
    };

/** The other tabs. */
export interface Tabs {
  tell(message: TabMessage): void;
  close(): void;
}

/** Opens the channel, where there is a page and the platform has channels; without one, telling does nothing. */
export function openTabs(
  name: string,
  { document }: Pick<Settings, 'document'>,
  hear: (message: TabMessage) => void,
): Tabs {
  let channel = document && globalThis.BroadcastChannel ? new BroadcastChannel(name) : undefined;
  if (channel) channel.onmessage = ({ data }: MessageEvent<TabMessage>) => hear(data);
  return {
    tell: (message) => channel?.postMessage(message),
    close() {
      channel?.close();
      channel = undefined;
    },
  };
}
