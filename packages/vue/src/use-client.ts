import type { Client } from '@latchstring/client';
import { hasInjectionContext, inject } from 'vue';
import { LATCHSTRING_KEY } from './plugin.ts';
import type { LatchstringContext } from './plugin.ts';

/** The application's client, to log in, log out and call backends. Throws TypeError where the plugin is not installed. */
export function useClient(): Client {
  return useLatchstring().client;
}

/** Everything that the plugin provides. Throws TypeError where it is not installed, and outside of `setup`. */
export function useLatchstring(): LatchstringContext {
  const context = hasInjectionContext() ? inject(LATCHSTRING_KEY, null) : null;
  if (!context) throw new TypeError('LatchstringPlugin is not installed, or this is called outside of setup');
  return context;
}
