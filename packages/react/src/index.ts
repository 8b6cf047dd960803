export { LatchstringProvider } from './provider.tsx';
export type { LatchstringProviderProps } from './provider.tsx';
export { Require } from './require.tsx';
export type { RequireProps } from './require.tsx';
export { useClient } from './use-client.ts';
export { useSession } from './use-session.ts';
export type { Session } from './use-session.ts';
export { withSession } from './with-session.tsx';
