import type { Client, LatchstringError, SessionState } from '@latchstring/client';
import { shallowReadonly, shallowRef } from 'vue';
import type { InjectionKey, Plugin, ShallowRef } from 'vue';

/** What the plugin provides. */
export interface LatchstringContext {
  readonly client: Client;
  /** The client's state, current. */
  readonly state: Readonly<ShallowRef<SessionState>>;
  /** Why the first question to the server failed, while nothing is known; null otherwise. */
  readonly error: Readonly<ShallowRef<LatchstringError | null>>;
  /** Asks the server again who is logged in. Never rejects: a failure is in `error`. */
  readonly reload: () => Promise<void>;
}

/** For the composables of this package. */
export const LATCHSTRING_KEY: InjectionKey<LatchstringContext> = Symbol('latchstring');

/** Options of {@link LatchstringPlugin}. */
export interface LatchstringPluginOptions {
  /** Made once, by `createClient`. The plugin never closes it. */
  readonly client: Client;
}

/**
 * Gives a client to all components of an application and asks the server once who is logged in:
 * `app.use(LatchstringPlugin, { client })`.
 *
 * On a server that renders pages it asks nobody: the status stays `unknown`. Throws TypeError without a client.
 */
export const LatchstringPlugin: Plugin<[LatchstringPluginOptions]> = {
  install(app, { client }) {
    // Plain JavaScript may leave it out.
    if (!(client as Client | undefined))
      throw new TypeError('app.use(LatchstringPlugin, { client }) needs a client');
    const state = shallowRef(client.state);
    const error = shallowRef<LatchstringError | null>(null);

    function update(): void {
      state.value = client.state;
      error.value = null;
    }

    async function reload(): Promise<void> {
      try {
        await client.session();
        update();
      } catch (failure) {
        error.value = failure as LatchstringError;
      }
    }

    app.provide(LATCHSTRING_KEY, {
      client,
      state: shallowReadonly(state),
      error: shallowReadonly(error),
      reload,
    });
    // On a server nothing would end what begins here.
    if (typeof document === 'undefined') return;
    app.onUnmount(client.onChange(update));
    if (client.state.status === 'unknown') void reload();
  },
};
