import type { RevocationEvent } from '@latchstring/protocol';

/** The events of a stream, one after the other. Their signatures are the verifier's business. */
export interface EventReader {
  next(): Promise<RevocationEvent>;
  /** The first that fits. Ends with an error if the stream does. */
  find(fits: (event: RevocationEvent) => boolean): Promise<RevocationEvent>;
  close(): Promise<void>;
}

/** Opens a stream of the revocation feed. */
export function readEvents(url: string, headers: Readonly<Record<string, string>> = {}): EventReader {
  const stop = new AbortController();
  const events = streamEvents(url, headers, stop.signal);
  const next = async (): Promise<RevocationEvent> => {
    const { value, done } = await events.next();
    if (done === true) throw new Error('The stream has ended.');
    return value;
  };
  return {
    next,
    async find(fits) {
      for (;;) {
        const event = await next();
        if (fits(event)) return event;
      }
    },
    async close() {
      stop.abort();
      await events.return(undefined).catch(() => undefined);
    },
  };
}

async function* streamEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<RevocationEvent, undefined> {
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal });
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const jws = /^data: (.+)$/m.exec(block)?.[1];
      if (jws !== undefined) yield decodeEvent(jws);
    }
  }
  return undefined;
}

/** The claims of an event. */
export function decodeEvent(jws: string): RevocationEvent {
  const [, payload = ''] = jws.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as RevocationEvent;
}
