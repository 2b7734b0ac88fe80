// Loaded into a service before its own code: says for how long its event loop was blocked at most between two messages.
import { setImmediate } from 'node:timers';

let longest = 0;
let last = 0;
let watching = false;

// Turn after turn: a timer would see a turn of less than its own resolution as none.
function watch(): void {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
  if (watching) setImmediate(watch);
}

process.on('message', (message: 'begin' | 'end') => {
  watching = message === 'begin';
  if (watching) {
    longest = 0;
    last = performance.now();
    setImmediate(watch);
  }
  process.send?.(watching ? 0 : longest);
});
// The service's own work decides how long the process lives.
process.channel?.unref();
