import type { ChildProcess } from 'node:child_process';

export function passSignalsOn(child: ChildProcess): void;
export function untilAskedToStop(): Promise<'asked'>;
