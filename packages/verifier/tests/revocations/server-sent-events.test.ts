import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readServerSentEvents } from '../../src/revocations/server-sent-events.ts';

async function read(chunks: readonly string[], maximum = 1000): Promise<string[]> {
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const events: string[] = [];
  const tooLarge = (): Error => new Error('too large');
  for await (const data of readServerSentEvents(bytes(), maximum, tooLarge)) events.push(data);
  return events;
}

describe('server-sent events', () => {
  it.each([
    ['data: a\n\ndata: b\n\n', ['a', 'b']],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['data: a\r\rdata: b\r\r', ['a', 'b']],
    ['data:a\n\n', ['a']],
    ['data:  a\n\n', [' a']],
    ['data: a\ndata: b\n\n', ['a\nb']],
    ['data\n\n', ['']],
    [': comment\n\nretry: 1000\n\nid: e.1\nevent: x\ndata: a\n\n', ['a']],
    ['database: a\n\n', []],
    ['data: a\n', []],
    ['data: a', []],
    ['', []],
  ])('%j', async (text, expected) => {
    expect(await read([text])).toEqual(expected);
  });

  it('are the same however they are cut into chunks', async () => {
    const text = ': hi\r\n\r\nid: 1\r\ndata: abc\r\n\r\ndata: d\rdata: e\r\rdata: f\n\n';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = places.slice(1).map((end, i) => text.slice(places[i], end));
        expect(await read(chunks)).toEqual(['abc', 'd\ne', 'f']);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a line without an end', ['x'.repeat(600), 'x'.repeat(600)]],
    ['a line', [`data: ${'x'.repeat(1000)}\n`]],
    ['an event of many lines', Array.from({ length: 200 }, () => 'data: x\n')],
    ['an event of many ids', Array.from({ length: 200 }, () => 'id: xx\n')],
  ])('%s that is too large is refused', async (_name, chunks) => {
    await expect(read(chunks)).rejects.toThrow('too large');
    expect(await read(['data: x\n\n'.repeat(500)])).toHaveLength(500);
  });
});
