export { LatchstringPlugin } from './plugin.ts';
export type { LatchstringPluginOptions } from './plugin.ts';
export { Require } from './require.ts';
export type { RequireProps, RequireSlots } from './require.ts';
export { guardRouter, nextOf } from './router-guard.ts';
export type { GuardedRoute, GuardedRouter, RouterGuardOptions } from './router-guard.ts';
export { useClient } from './use-client.ts';
export { useSession } from './use-session.ts';
export type { Session } from './use-session.ts';
