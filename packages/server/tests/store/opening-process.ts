import { openStore } from '../../src/store/index.ts';

// Run by migrations.test.ts as a process of its own: opens the database of the first argument.
const store = await openStore({ url: process.argv[2] ?? '', accessTokenLifetime: 900_000 });
process.stdout.write(JSON.stringify((await store.readRevocations(0, 0)).position));
await store.close();
