import { mapServices, SERVICE_NAMES, serviceNamed, settingOf } from '../services.ts';
import { type ServiceProcess, startServiceProcess, stopServiceProcess, waitUntilReady } from './stack.ts';
import { assertPortsFree, assertWritable } from './start-checks.ts';

function portOf(name: string, fallback: number): number {
  const port = Number(process.env[name] || fallback);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  console.error(`${name}: must be a port, 1 to 65535`);
  process.exit(1);
}

const options = {
  ports: mapServices(SERVICE_NAMES, (name) => portOf(settingOf(name, 'PORT'), serviceNamed(name).port)),
  dataDir: process.env.DATA_DIR || './data',
  env: { LOG_FORMAT: process.env.LOG_FORMAT || (process.stdout.isTTY ? 'pretty' : 'json') },
};

// A reader that goes away, as in `npm start | head`, must not end the services.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

try {
  assertWritable(options.dataDir);
  await assertPortsFree(options.ports);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

const running: ServiceProcess[] = SERVICE_NAMES.map((name) => startServiceProcess(name, options));
let stopping = false;

async function stopAll(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // The orchestrator first, so that its last undos still reach their peers.
  const codes: Array<number | null> = [];
  for (const service of running.toReversed()) codes.push(await stopServiceProcess(service));
  process.exit(codes.every((code) => code === 0) ? exitCode : 1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stopAll(0));
for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});
// A signal may end npm and not this process: the stack must end with npm.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && void stopAll(0), 500).unref();

// All of them, so that every error of the environment is listed at once.
const starts = await Promise.allSettled(running.map(waitUntilReady));
const failed = starts.flatMap((start) => (start.status === 'rejected' ? [(start.reason as Error).message] : []));
if (failed.length > 0 && !stopping) {
  console.error(failed.join('\n'));
  await stopAll(1);
}
if (stopping) await new Promise(() => {});
for (const service of running) {
  void service.exited.then((code) => {
    if (stopping) return;
    console.error(`${service.name} ended with exit code ${code}; stopping the others`);
    void stopAll(1);
  });
}
const address = `http://localhost:${options.ports.appointment}`;
const isOpen = Boolean(process.env.OPERATOR_TOKEN || process.env.OPERATOR_TOKEN_FILE);
console.log(`
Ready. Book an appointment:

  curl -H 'Content-Type:application/json' ${address}/doctorAppoinment/reservation \\
    --data '{"name":"Thomas Colins", "doctor":"John Doe", "date":"30-09-2019", "cardNum":"1234567"}'

Console  ${address}/console${isOpen ? '' : '  (shut: it opens with an OPERATOR_TOKEN in the environment)'}
Docs     ${address}/docs
`);
