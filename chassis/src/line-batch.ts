import { Writable } from 'node:stream';

/**
 * A stream that writes the lines of one turn of the event loop at once: a write of its own for each line costs more than
 * making it. Whatever is left when the process exits is written then.
 */
export function createLineBatch(output: NodeJS.WritableStream): Writable {
  let lines = '';

  function flush(): void {
    const text = lines;
    lines = '';
    if (text !== '') output.write(text);
  }

  // Standard output is written synchronously, to files and to pipes, so nothing is left for later then.
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
