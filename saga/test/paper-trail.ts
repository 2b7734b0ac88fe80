import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { defineSaga, type Step } from '../src/index.ts';
import { Unclear } from './unclear.ts';

export type Heading = 'forward' | 'back';

/**
 * A story over A, B and C whose effects are kept in a file, which outlives any process: `+A` for the effect, `-A` for its
 * undo, each only where it is one. Heading back, C has its effect and fails.
 */
export function createPaperTrail(file: string, heading: Heading, passing: (point: string) => void = () => {}) {
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
  const present = (name: string) =>
    lines()
      .findLast((line) => line.slice(1) === name)
      ?.startsWith('+') ?? false;
  const write = (sign: '+' | '-', name: string) => {
    if (present(name) !== (sign === '+')) appendFileSync(file, `${sign}${name}\n`);
  };

  const step = (name: string): Step<string> => ({
    async run() {
      passing(`before ${name}`);
      write('+', name);
      passing(`after ${name}`);
      if (name === 'C' && heading === 'back') throw new Unclear('the answer is lost');
      return `did ${name}`;
    },
    async undo() {
      passing(`before undo ${name}`);
      write('-', name);
      passing(`after undo ${name}`);
    },
  });

  const saga = defineSaga('paper-trail', async (teller, _input: string) => {
    const results: string[] = [];
    for (const name of 'ABC') results.push(await teller.step(name, step(name)));
    return results;
  });
  return { saga, lines };
}
