import { judge } from '../../../src/domain/refresh.ts';
import type { Decide } from './server.ts';

/** What other protocols do: the token before the current one is served for a while. */
export const withGrace: Decide = (row, token, now, policy) => {
  const verdict = judge(row, token, now, policy);
  return verdict.kind === 'superseded' ? { kind: 'accept', promote: false, mint: true } : verdict;
};

/** What other protocols do: no alarm for a token that is one generation behind. */
export const oneBehindIsFine: Decide = (row, token, now, policy) => {
  const verdict = judge(row, token, now, policy);
  const isOneBehind = row !== undefined && row.generation - token.generation === 1;
  return verdict.kind === 'theft' && isOneBehind ? { kind: 'superseded' } : verdict;
};
