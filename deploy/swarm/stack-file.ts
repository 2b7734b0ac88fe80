// Reads what `docker compose config --format json` prints, and prints a file for `docker stack deploy`: see deploy/README.md.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type ComposeProject, toStack } from './to-stack.ts';

const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 8);

const project = JSON.parse(await text(process.stdin)) as ComposeProject;
process.stdout.write(`${JSON.stringify(toStack(project, digest), null, 2)}\n`);
