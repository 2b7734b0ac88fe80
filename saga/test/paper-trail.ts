import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { defineStep, type StepCall } from '../src/index.ts';
import { lettersBy } from './letters.ts';
import { Unclear } from './unclear.ts';

export type Heading = 'forward' | 'back';

/**
 * A saga over A, B and C whose effects are kept in a file, which outlives any process: `+A` for the effect, `-A` for its
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

  const steps = [...'ABC'].map((name) =>
    defineStep(name, {
      async run(_call: StepCall<string, string>) {
        passing(`before ${name}`);
        write('+', name);
        passing(`after ${name}`);
        if (name === 'C' && heading === 'back') throw new Unclear('the response is lost');
        return `did ${name}`;
      },
      async undo() {
        passing(`before undo ${name}`);
        write('-', name);
        passing(`after undo ${name}`);
      },
    }),
  );

  const saga = lettersBy(steps, async (run, input) => {
    const results: string[] = [];
    for (const step of steps) results.push(await run.step(step, input));
    return results;
  });
  return { saga, lines };
}
