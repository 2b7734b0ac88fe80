import { SERVICES, type ServiceProcess, startServiceProcess, stopServiceProcess, waitUntilReady } from './stack.ts';

const portOf = (name: string, fallback: number) => Number(process.env[name] || fallback);

const options = {
  ports: {
    reservation: portOf('RESERVATION_PORT', 8081),
    payment: portOf('PAYMENT_PORT', 8082),
    appointment: portOf('APPOINTMENT_PORT', 9090),
  },
  dataDir: process.env.DATA_DIR || './data',
  env: { LOG_FORMAT: process.env.LOG_FORMAT || (process.stdout.isTTY ? 'pretty' : 'json') },
};

const running: ServiceProcess[] = SERVICES.map((name) => startServiceProcess(name, options));
let stopping = false;

async function stopAll(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // The orchestrator first, so that what it still has to undo finds its peers.
  const codes: Array<number | null> = [];
  for (const service of running.toReversed()) codes.push(await stopServiceProcess(service));
  process.exit(codes.every((code) => code === 0) ? exitCode : 1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stopAll(0));
for (const service of running) {
  void service.exited.then((code) => {
    if (stopping) return;
    console.error(`${service.name} ended with exit code ${code}; stopping the others`);
    void stopAll(1);
  });
}

try {
  await Promise.all(running.map(waitUntilReady));
  console.log(`
Ready. Book an appointment:

  curl -H 'Content-Type:application/json' http://localhost:${options.ports.appointment}/doctorAppoinment/reservation \\
    --data '{"name":"Thomas Colins", "doctor":"John Doe", "date":"30-09-2019", "cardNum":"1234567"}'
`);
} catch (error) {
  console.error((error as Error).message);
  await stopAll(1);
}
