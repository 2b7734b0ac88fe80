import { type ApiReply, send, storeUrl, takePort, temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { startServiceProcess, waitUntilReady } from '../../../scripts/stack.ts';
import { mapServices, mapServicesAsync, SERVICE_NAMES, type ServiceName } from '../../../services.ts';
import { BOOKING_PATH } from '../appointment-stack.ts';
import { type LoadedBooking, loadedBookings, loadStore } from './load-store.ts';

const OPERATOR_TOKEN = 'operator-of-the-kept-stores';
// The reliability promise: whatever was interrupted has ended 10 s after all services are healthy again.
const RECOVERY_DEADLINE_MS = 10_000;
const UNFINISHED = ['pending', 'compensating', 'stuck'];

/**
 * All services as processes over the kept stores, which they find as if they had just been killed.
 *
 * @param changes settings that these services have
 */
export async function startLoadedStack(changes: NodeJS.ProcessEnv = {}) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(temporaryFolder());
  const databaseUrls = await mapServicesAsync(SERVICE_NAMES, (name) => storeUrl(folder.path, name));
  for (const name of SERVICE_NAMES) await loadStore(name, databaseUrls[name]);
  const ports = await mapServicesAsync(SERVICE_NAMES, takePort);
  const env = { OPERATOR_TOKEN, SERVICE_TOKEN: '', LOG_LEVEL: 'warn', ...changes };
  for (const name of SERVICE_NAMES) {
    const options = { ports, dataDir: folder.path, databaseUrls, env, output: 'ignore' } as const;
    const service = startServiceProcess(name, options);
    opened.defer(async () => {
      service.process.kill('SIGKILL');
      await service.exited;
    });
    // One after the other: the orchestrator would only find peers that are not there yet.
    await waitUntilReady(service);
  }
  const urlOf = (name: ServiceName) => `http://127.0.0.1:${ports[name]}`;
  const asOperator = { authorization: `Bearer ${OPERATOR_TOKEN}` };

  async function hasUnfinished(): Promise<boolean> {
    const lists = UNFINISHED.map((status) =>
      send(`${urlOf('appointment')}/bookings?status=${status}&limit=1`, 'GET', undefined, asOperator),
    );
    return (await Promise.all(lists)).some(({ json }) => json.items.length > 0);
  }

  const owned = opened.move();
  return {
    bookings: loadedBookings(databaseUrls.appointment),
    addresses: { ...mapServices(SERVICE_NAMES, urlOf), operatorToken: OPERATOR_TOKEN },
    recovered: () => waitUntil('every booking has ended', async () => !(await hasUnfinished()), RECOVERY_DEADLINE_MS),
    show: async ({ id }: LoadedBooking) => (await send(`${urlOf('appointment')}/bookings/${id}`, 'GET')).json,
    cancel: ({ id }: LoadedBooking): Promise<ApiReply> =>
      send(`${urlOf('appointment')}/bookings/${id}/cancellation`, 'PUT', undefined, asOperator),
    /** Sends the booking's own request once more, with the key that it had. */
    retry: ({ name, doctor, date, cardNum, key }: LoadedBooking): Promise<ApiReply> =>
      send(
        urlOf('appointment') + BOOKING_PATH,
        'POST',
        { name, doctor, date, cardNum },
        { 'idempotency-key': key as string },
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
