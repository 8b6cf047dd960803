import { moveBrowser } from './browser.ts';
import { moveNetwork } from './network.ts';
import { moveDatabase } from './restore.ts';
import { moveServers } from './servers.ts';
import type { Setting } from './setting.ts';
import { BACKUP_DEPTH } from './state.ts';
import type { State, Token } from './state.ts';
import { moveThief } from './thief.ts';

/** Takes a state that may come next: what has happened to which token, and what is wrong with it. */
export type Emit = (next: State, what: string, token?: Token, finding?: string) => void;

/** Emits every state that may come after a state. */
export function move(setting: Setting, state: State, emit: Emit): void {
  if (isDone(state)) return;
  moveTime(setting, state, emit);
  moveBrowser(setting, state, emit);
  moveServers(setting, state, emit);
  moveNetwork(setting, state, emit);
  if (setting.features.has('thief')) moveThief(setting, state, emit);
  moveDatabase(setting, state, emit);
}

/**
 * Nothing more is to be learnt of a session that is over, unless it comes back, or of one that its person has left. A
 * backup that is too old is none; the run without it is another state.
 */
function isDone({ row, cookies, backup }: State): boolean {
  if (cookies.length === 0) return true;
  return backup === undefined ? row.endedAt !== null : row.generation - backup.generation > BACKUP_DEPTH;
}

/** A tick passes, unless something must happen first. */
function moveTime({ times }: Setting, state: State, emit: Emit): void {
  const { now, requests } = state;
  const { clientTimeout, judgedWithin, storedWithin } = times;
  const isDue = requests.some(({ sentAt, stage, isAwaited }) => {
    const age = now - sentAt;
    if (isAwaited && age >= clientTimeout) return true;
    if (stage === 'gone') return false;
    return age >= (stage === 'answered' || stage === 'committed' ? storedWithin : judgedWithin);
  });
  if (!isDue) emit({ ...state, now: now + 1 }, 'a tick');
}
