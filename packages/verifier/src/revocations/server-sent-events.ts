/**
 * Takes server-sent events apart (HTML standard, section 9.2.6) and gives the data of each. Only `data` counts here: what an
 * event says is in its signed text, and its place too.
 *
 * @param maximum the most bytes of one event; beyond them, what `tooLarge` makes is thrown.
 */
export async function* readServerSentEvents(
  chunks: AsyncIterable<Uint8Array>,
  maximum: number,
  tooLarge: () => Error,
): AsyncGenerator<string> {
  let data: string[] = [];
  let bytes = 0;
  for await (const line of readLines(chunks, (pending) => bytes + pending > maximum, tooLarge)) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n');
      data = [];
      bytes = 0;
    } else {
      bytes += line.length;
      const value = /^data(?::\x20?|$)/.exec(line);
      if (value !== null) data.push(line.slice(value[0].length));
    }
  }
}

/** Lines that end in LF, CR or CRLF. What follows the last end is no line, as the standard has it. */
async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  isTooMuch: (pending: number) => boolean,
  tooLarge: () => Error,
): AsyncGenerator<string> {
  let pending = '';
  let skipsLineFeed = false;
  for await (const chunk of chunks) {
    // A JWS is ASCII. Whatever else comes is no part of one under any encoding.
    let text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    if (text === '') continue;
    if (skipsLineFeed && text.startsWith('\n')) text = text.slice(1);
    // The other half of a CRLF may come with the next chunk.
    skipsLineFeed = text.endsWith('\r');
    const [first = '', ...more] = text.split(/\r\n|\r|\n/);
    pending += first;
    for (const next of more) {
      if (isTooMuch(pending.length)) throw tooLarge();
      yield pending;
      pending = next;
    }
    if (isTooMuch(pending.length)) throw tooLarge();
  }
}
