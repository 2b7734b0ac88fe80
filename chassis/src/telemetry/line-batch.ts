import { Writable } from 'node:stream';

/**
 * A stream that writes the lines of one turn of the event loop at once: one write for each line costs more than making
 * it. What is left when the process exits is written then.
 */
export function createLineBatch(output: NodeJS.WritableStream): Writable {
  let lines = '';

  function flush(): void {
    const text = lines;
    lines = '';
    if (text !== '') output.write(text);
  }

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
