#!/usr/bin/env node
// Plain JavaScript that an old Node can parse: it must be able to say that it is too old.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`Latchstring needs Node 22.18 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
const { run } = await import('../dist/cli/index.js');
await run(process.argv);
