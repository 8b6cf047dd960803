import type { Call, Result } from './account.ts';
import type { Operation } from './checker.ts';

/** A history in words, in the order of the calls. Nonces are shortened; they open nothing. */
export function describeHistory(history: readonly Operation<Call, Result>[]): string {
  return [...history]
    .sort((a, b) => a.called - b.called)
    .map(
      ({ call, result, called, returned }) =>
        `${called}-${returned}: ${describeCall(call)}: ${describeResult(result)}`,
    )
    .join('\n');
}

function describeCall(call: Call): string {
  switch (call.kind) {
    case 'refresh':
      return `refresh ${name(call.token.sessionId)} with ${call.token.generation}/${hex(call.token.nonce)}`;
    case 'read':
    case 'logout':
      return `${call.kind} ${name(call.sessionId)}`;
    case 'disable':
      return call.kind;
  }
}

function describeResult(result: Result): string {
  if (result.kind !== 'served' || result.minted === undefined) return result.kind;
  return `served, and got ${result.minted.generation}/${hex(result.minted.nonce)}`;
}

const name = (sessionId: string): string => sessionId.slice(-4);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex', 0, 2);
