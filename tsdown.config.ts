import { existsSync } from 'node:fs';
import { defineConfig } from 'tsdown';
import type { UserConfig } from 'tsdown';

// The same for every package; scripts/setup/build.ts runs it in the package's folder and moves dist.next to dist.
const shared: UserConfig = {
  cwd: process.cwd(),
  outDir: 'dist.next',
  platform: 'neutral',
  target: 'es2023',
  // Without it tsdown writes .mjs, and `exports` names .js.
  fixedExtension: false,
  failOnWarn: true,
  report: false,
  logLevel: 'warn',
};

const FOR_A_PAGE = 'src/standalone.ts';

const files: UserConfig = {
  ...shared,
  entry: ['src/**/*.ts', 'src/**/*.tsx', `!${FOR_A_PAGE}`],
  unbundle: true,
  dts: true,
  deps: { neverBundle: true },
  // It is preserved where every file is an entry; tests/packed.test.ts looks.
  suppressWarnings: 'module level directive "use client"',
};

// What a page without a build loads: one file, with all that it imports in it. Its types are those of index.ts.
const page: UserConfig = {
  ...shared,
  entry: [FOR_A_PAGE],
  clean: false,
  dts: false,
  minify: true,
  deps: { alwaysBundle: [/./] },
};

export default defineConfig(existsSync(FOR_A_PAGE) ? [files, page] : files);
