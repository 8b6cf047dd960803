import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['latchstring-source'] },
  ssr: { resolve: { conditions: ['latchstring-source'] } },
  test: {
    globalSetup: ['tests/global-setup.ts'],
    include: [
      'packages/*/tests/**/*.test.{ts,tsx}',
      'tests/**/*.test.ts',
      'examples/{tests,backends/*/tests}/**/*.test.ts',
      'conformance/tests/**/*.test.ts',
      'bench/tests/**/*.test.ts',
    ],
    // Most tests wait for another process: two at a time also where there are two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
