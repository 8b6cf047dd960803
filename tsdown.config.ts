import { defineConfig } from 'tsdown';

// The same for every package; scripts/setup/build.ts runs it in the package's folder and moves dist.next to dist.
export default defineConfig({
  cwd: process.cwd(),
  entry: ['src/**/*.ts', 'src/**/*.tsx'],
  unbundle: true,
  outDir: 'dist.next',
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  // Without it tsdown writes .mjs, and `exports` names .js.
  fixedExtension: false,
  deps: { neverBundle: true },
  failOnWarn: true,
  // It is preserved where every file is an entry; tests/packed.test.ts looks.
  suppressWarnings: 'module level directive "use client"',
  report: false,
  logLevel: 'warn',
});
