// Loaded into a service before its own code: takes a V8 CPU profile between two messages.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const SAMPLE_EVERY_MICROSECONDS = 250;

const session = new Session();
process.on('message', async (message: 'start' | { file: string }) => {
  if (message === 'start') {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROSECONDS });
    await session.post('Profiler.start');
    process.send?.('started');
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(message.file, JSON.stringify(profile));
  process.send?.('written');
});
// The service's own work decides how long the process lives.
process.channel?.unref();
