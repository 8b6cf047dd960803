'use client';
import type { ComponentType, ReactElement } from 'react';
import { useSession } from './use-session.ts';
import type { Session } from './use-session.ts';

/** Gives a component the session as its property `session`, for class components and those that know no hooks. */
export function withSession<Props extends { readonly session: Session }>(
  Component: ComponentType<Props>,
): ComponentType<Omit<Props, 'session'>> {
  function WithSession(props: Omit<Props, 'session'>): ReactElement {
    const session = useSession();
    return <Component {...({ ...props, session } as Props)} />;
  }
  WithSession.displayName = `withSession(${Component.displayName ?? Component.name})`;
  return WithSession;
}
