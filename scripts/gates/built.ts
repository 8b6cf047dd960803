import type { Gate } from '../lib/gate.ts';
import { ensureBuild } from '../setup/prepare.ts';

/** Every package and every example's pages build; the builders say why if not. */
export const built: Gate = {
  name: 'build',
  async run() {
    await ensureBuild('everything');
    return [];
  },
};
