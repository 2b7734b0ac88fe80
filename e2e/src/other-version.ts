import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@appointments/chassis/testing';
import { root } from './run.ts';

/** A text in one of the orchestrator's files, and what another version has in its place. */
export interface Change {
  file: 'book-appointment.ts' | 'booking-store.ts' | 'open-bookings.ts';
  text: string;
  by: string;
}

function apply(folder: string, { file, text, by }: Change): void {
  const path = join(folder, 'appointment/src', file);
  const [before, after, ...more] = readFileSync(path, 'utf8').split(text);
  if (after === undefined || more.length > 0) throw new Error(`${file} does not have this text once: ${text}`);
  writeFileSync(path, before + by + after);
}

/**
 * Copies the orchestrator and changes it, as the next release might. The copy runs on this repository's packages.
 *
 * @returns the folder to start it from, which is gone once it is disposed of
 * @throws where a file does not have exactly one place with a change's text
 */
export function copyOrchestrator(changes: readonly Change[]): Disposable & { path: string } {
  using disposables = new DisposableStack();
  const folder = disposables.use(temporaryFolder());
  for (const part of ['src', 'package.json']) {
    cpSync(join(root, 'appointment', part), join(folder.path, 'appointment', part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  for (const change of changes) apply(folder.path, change);
  disposables.move();
  return folder;
}
