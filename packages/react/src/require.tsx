'use client';
import type { ReactElement, ReactNode } from 'react';
import { useSession } from './use-session.ts';

/** Properties of {@link Require}. */
export interface RequireProps {
  /** The role that the person must have, or several of which one is enough. Without it any person will do. */
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
export function Require({ role = [], fallback, loading, children }: RequireProps): ReactElement {
  const { status, user } = useSession();
  if (status === 'unknown') return <>{loading}</>;
  const wanted: readonly string[] = typeof role === 'string' ? [role] : role;
  const allowed = user && (wanted.length === 0 || wanted.some((one) => user.roles.includes(one)));
  return <>{allowed ? children : fallback}</>;
}
