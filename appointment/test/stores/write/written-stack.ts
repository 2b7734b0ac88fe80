import { fileURLToPath } from 'node:url';
import { takePort } from '@appointments/chassis/testing';
import { type ServiceProcess, startServiceProcess, waitUntilReady } from '../../../../scripts/stack.ts';
import { mapServicesAsync, SERVICE_NAMES, type ServiceName } from '../../../../services.ts';
import type { WrittenBooking } from '../written-bookings.ts';
import { interpose } from './interposed.ts';

const OPERATOR_TOKEN = 'operator-of-the-kept-stores';
const PRELOAD = fileURLToPath(new URL('kill-after-cancellation.ts', import.meta.url));
// Longer than it takes to write the stores: what is held up stays so until it is killed.
const HOLD_MS = '60000';

export type WrittenStack = Awaited<ReturnType<typeof startWrittenStack>>;

/**
 * All services as processes over the stores that are to be kept, their calls interposed.
 *
 * @param dataDir where the services may put files
 */
export async function startWrittenStack(databaseUrls: Record<ServiceName, string>, dataDir: string) {
  const ports = await mapServicesAsync(SERVICE_NAMES, takePort);
  const urlOf = (name: ServiceName) => `http://127.0.0.1:${ports[name]}`;
  const calls = await interpose({ reservation: urlOf('reservation'), payment: urlOf('payment') });
  const running = new Map<ServiceName, ServiceProcess>();

  /** @param patient whether what is held up in the orchestrator waits for a minute, in place of timing out */
  async function start(name: ServiceName, patient = true): Promise<void> {
    const env = {
      OPERATOR_TOKEN,
      SERVICE_TOKEN: '',
      PAYMENT_GATEWAY_URL: calls.gatewayUrl,
      GATEWAY_TIMEOUT_MS: HOLD_MS,
      ...(patient && { BOOKING_DEADLINE_MS: HOLD_MS, STEP_TIMEOUT_MS: HOLD_MS }),
    };
    const nodeArguments = name === 'appointment' && patient ? ['--import', PRELOAD] : [];
    const options = { ports, dataDir, databaseUrls, env, peers: calls.peers, nodeArguments, output: 'ignore' } as const;
    const service = startServiceProcess(name, options);
    running.set(name, service);
    await waitUntilReady(service);
  }

  async function kill(name: ServiceName): Promise<void> {
    const service = running.get(name);
    service?.process.kill('SIGKILL');
    await service?.exited;
  }

  return {
    calls,
    start,
    kill,
    ...createClient(urlOf('appointment'), calls.bookingId),
    /** Resolves when the orchestrator is gone. */
    exited: () => running.get('appointment')?.exited,
    async [Symbol.asyncDispose]() {
      for (const name of SERVICE_NAMES) await kill(name);
      await calls[Symbol.asyncDispose]();
    },
  };
}

/**
 * The orchestrator's clients and its operator.
 *
 * @param bookingId the id of a patient's booking
 */
function createClient(orchestrator: string, bookingId: (name: string) => string | undefined) {
  const pathOf = (name: string) => `${orchestrator}/bookings/${bookingId(name)}`;
  return {
    /** @returns the HTTP status, undefined where the orchestrator was killed first */
    book: ({ name, doctor, date, cardNum, key }: WrittenBooking, prefer?: string): Promise<number | undefined> =>
      send(`${orchestrator}/doctorAppoinment/reservation`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key && { 'idempotency-key': key }),
          ...(prefer && { prefer }),
        },
        body: JSON.stringify({ name, doctor, date, cardNum }),
      }),
    /**
     * @param requestId `strike` kills the orchestrator once the cancellation is written
     * @returns the HTTP status, undefined where the orchestrator was killed first
     */
    cancel: (name: string, requestId = 'cancel'): Promise<number | undefined> =>
      send(`${pathOf(name)}/cancellation`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'x-request-id': requestId },
      }),
    /** The status of the booking for this patient; undefined before it has begun. */
    async statusOf(name: string): Promise<string | undefined> {
      if (!bookingId(name)) return undefined;
      return ((await (await fetch(pathOf(name))).json()) as { status: string }).status;
    },
  };
}

async function send(url: string, init: RequestInit): Promise<number | undefined> {
  try {
    const response = await fetch(url, init);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
