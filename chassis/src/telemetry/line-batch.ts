import { Writable } from 'node:stream';

/** What a reader that has stopped may leave in memory; then lines are lost. */
const MOST_UNREAD_CHARACTERS = 1_048_576;

/**
 * A stream that writes the lines of one turn of the event loop at once: one write for each line costs more than making
 * it. What is left when the process exits is written then. A reader that is gone or has stopped, or a disk that is full,
 * costs lines and nothing else.
 */
export function createLineBatch(output: NodeJS.WritableStream & { readonly writableLength?: number }): Writable {
  let lines = '';

  function flush(): void {
    const text = lines;
    lines = '';
    if (text !== '' && output.writable && (output.writableLength ?? 0) < MOST_UNREAD_CHARACTERS) output.write(text);
  }

  output.on('error', () => {});
  // Standard output is synchronous for files and pipes, so nothing is lost at exit.
  process.on('exit', flush);
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      if (lines === '') setImmediate(flush);
      lines += line;
      done();
    },
  });
}
