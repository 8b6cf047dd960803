import { startServerProcess, type ServerProcess } from '../lib/child.ts';
import { createLoad, type Load } from '../lib/load.ts';
import { measureInterleaved, type Costs, type Size, type Variant } from '../lib/statistics.ts';
import type { Issuer } from '../lib/tokens.ts';

/** The stacks of server.ts. */
export const STACKS = ['node:http', 'Fastify', 'Hono', 'Express'] as const;

// So many people are at it: each token is seen again and again, as a string that is new each time.
const TOKENS = 50;

/** The cost of a request to each variant of a stack, in the CPU of the process that serves. All send the same headers. */
export async function measureServed(stack: string, issuer: Issuer, size: Size): Promise<Costs> {
  const headers = Array.from({ length: TOKENS }, () => [
    `authorization: Bearer ${issuer.issue()}`,
    'accept: application/json',
    'user-agent: bench',
  ]);
  const { issuer: name, audience, jwk } = issuer;
  const module = new URL('server.ts', import.meta.url);
  const server = await startServerProcess(module, [stack, JSON.stringify({ issuer: name, audience, jwk })]);
  const loads = Object.entries(server.ports).map(
    ([variant, port]) => [variant, createLoad({ port, headers })] as const,
  );
  try {
    return await measureInterleaved(
      loads.map(([variant, load]) => served(variant, server, load)),
      size,
    );
  } finally {
    for (const [, load] of loads) load.close();
    await server.stop();
  }
}

function served(name: string, server: ServerProcess, load: Load): Variant {
  return {
    name,
    measure: async (requests) => {
      const before = await server.cpu();
      await load.run(requests);
      return ((await server.cpu()) - before) / requests;
    },
  };
}
