/**
 * Clock tests preload this into a service (`node --import`), no service imports it: its wall clock is off by what a file
 * says, in milliseconds, and follows when the file changes. The monotonic clock stays.
 */
import { readFileSync } from 'node:fs';
import { CLOCK_VARIABLE } from './clock-file.ts';

const LOOK_EVERY_MS = 10;
const file = process.env[CLOCK_VARIABLE] ?? '';
const RealDate = Date;
let offMs = 0;

function look(): void {
  const text = readFileSync(file, 'utf8');
  if (text !== '') offMs = Number(text);
}
look();
setInterval(look, LOOK_EVERY_MS).unref();

class MovedDate extends RealDate {
  constructor(...given: [] | [number]) {
    if (given.length === 0) super(RealDate.now() + offMs);
    else super(...given);
  }

  static override now(): number {
    return RealDate.now() + offMs;
  }
}
globalThis.Date = MovedDate as DateConstructor;
