import { Writable } from 'node:stream';
import { createLogger } from '../src/telemetry/logger.ts';

/** A real logger whose lines a test can read. */
export function createTestLogger(format: 'json' | 'pretty' = 'json') {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk).trimEnd());
      done();
    },
  });
  return { logger: createLogger({ service: 'test', level: 'debug', format, stream }), lines };
}
