'use client';
import type { Client } from '@latchstring/client';
import { useContext } from 'react';
import { LatchstringContext } from './provider.tsx';
import type { LatchstringContextValue } from './provider.tsx';

/** The client of the nearest provider, to log in, log out and call backends. Throws TypeError outside of a provider. */
export function useClient(): Client {
  return useLatchstring().client;
}

/** Everything that the nearest provider hands down. Throws TypeError outside of a provider. */
export function useLatchstring(): LatchstringContextValue {
  const value = useContext(LatchstringContext);
  if (!value) throw new TypeError('There is no LatchstringProvider above this component');
  return value;
}
