// npm, its child and a service manager each pass a signal on, so that one wish to stop comes several times.
const SAME_WISH_MS = 1_000;
const STOPPING = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
// Node would end at the one and open its debugger, and with it the memory, at the other.
const IGNORED = ['SIGUSR1', 'SIGUSR2'] as const;

/**
 * Calls `stop` at the first signal that asks the process to stop. One that comes more than a second after it is the wish of
 * somebody who does not want to wait, and ends the process at once, with exit code 1. Signals that mean nothing here are
 * ignored.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): void {
  let askedAt: number | undefined;
  const asked = (signal: NodeJS.Signals) => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      stop(signal);
    } else if (performance.now() - askedAt > SAME_WISH_MS) process.exit(1);
  };
  for (const signal of STOPPING) process.on(signal, asked);
  for (const signal of IGNORED) process.on(signal, () => {});
}

/**
 * Where another process started this one with an IPC channel, tells it once this one listens, and calls `stop` when it is
 * gone: nobody else would ever stop a service that outlives `npm start`.
 */
export function followStarter(stop: () => void): void {
  // Stays when the channel is gone.
  if (!process.send) return;
  // The starter may have ended while this one was starting.
  if (process.connected) process.once('disconnect', stop);
  else stop();
  process.channel?.unref();
  process.send({ listening: true }, undefined, undefined, () => {});
}
