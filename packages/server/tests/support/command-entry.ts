import { run } from '../../src/cli/index.ts';

await run(process.argv);
