/** A server in a process of its own, so that it can be killed; only its hands on time are the test's. Its argument: options. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { LatchstringOptions } from '../../../packages/server/src/config/options.ts';
import { createLatchstring } from '../../../packages/server/src/main.ts';
import { createNodeServer } from '../../../packages/server/src/node.ts';

const options = JSON.parse(process.argv[2] ?? '') as LatchstringOptions;
let ahead = 0;
const service = await createLatchstring({ ...options, clockOffset: () => ahead });
process.on('message', (message: number) => {
  ahead = message;
  process.send?.('set');
});
process.on('disconnect', () => process.exit());
const server = createNodeServer(service);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
