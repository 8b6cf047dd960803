import type { Emit } from './moves.ts';
import type { Setting } from './setting.ts';
import type { State } from './state.ts';

/** A backup is made, at some moment, and the database is set back to it, once. */
export function moveDatabase({ features }: Setting, state: State, emit: Emit): void {
  if (!features.has('restore') && !features.has('restore without recovery')) return;
  if (state.restore === 'behind us') return;
  const { row, backup } = state;
  if (backup === undefined) {
    emit({ ...state, backup: row }, 'a backup is made');
  } else {
    emit(
      { ...state, row: backup, backup: undefined, restore: 'behind us', winner: undefined },
      'the backup is restored',
    );
  }
}
