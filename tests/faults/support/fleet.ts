import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LatchstringOptions } from '../../../packages/server/src/config/options.ts';

const MODULE = fileURLToPath(new URL('./service-process.ts', import.meta.url));

interface Member {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Several servers on one database, each a process. */
export interface Fleet {
  /** Where those that live listen. */
  readonly urls: readonly string[];
  /** Moves the time of all. Milliseconds. */
  advance(milliseconds: number): Promise<void>;
  /** kill -9 of one. */
  kill(index: number): Promise<void>;
  /** Starts as many as were killed. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts servers with the same options. */
export async function startFleet(size: number, options: LatchstringOptions): Promise<Fleet> {
  let ahead = 0;
  let members: Member[] = [];

  async function tell(child: ChildProcess): Promise<void> {
    const set = once(child, 'message');
    child.send(ahead);
    await set;
  }
  async function start(): Promise<void> {
    const child = fork(MODULE, [JSON.stringify(options)], {
      execArgv: ['--conditions=latchstring-source'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [port] = (await once(child, 'message')) as [number];
    await tell(child);
    members.push({ child, url: `http://127.0.0.1:${port}` });
  }
  async function kill(index: number): Promise<void> {
    const [member] = members.splice(index, 1);
    if (member === undefined) return;
    const gone = once(member.child, 'exit');
    member.child.kill('SIGKILL');
    await gone;
  }
  const heal = async (): Promise<void> => {
    await Promise.all(Array.from({ length: size - members.length }, start));
  };
  await heal();
  return {
    get urls() {
      return members.map(({ url }) => url);
    },
    async advance(milliseconds) {
      ahead += milliseconds;
      await Promise.all(members.map(({ child }) => tell(child)));
    },
    kill,
    heal,
    async stop() {
      while (members.length > 0) await kill(0);
      members = [];
    },
  };
}
