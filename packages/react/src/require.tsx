'use client';
import type { ReactElement, ReactNode } from 'react';
import { useSession } from './use-session.ts';

/** Properties of {@link Require}. */
export interface RequireProps {
  /** The role that the person must have, or several of which one is enough. Left out, any person will do. */
  readonly role?: string | readonly string[];
  /** Shown to nobody, and to a person without the role. */
  readonly fallback?: ReactNode;
  /** Shown while it is not known yet who is logged in. */
  readonly loading?: ReactNode;
  readonly children?: ReactNode;
}

/**
 * Shows its children to a person who is logged in and has the role.
 *
 * It decides what is shown, not what is allowed: the backend checks every call by itself.
 */
export function Require(props: RequireProps): ReactElement {
  const { status, user } = useSession();
  if (status === 'unknown') return <>{props.loading}</>;
  // A role that was given but is undefined is a mistake, and opens nothing.
  const wanted = 'role' in props ? [props.role].flat() : undefined;
  const isAllowed = user && (!wanted || user.roles.some((role) => wanted.includes(role)));
  return <>{isAllowed ? props.children : props.fallback}</>;
}
