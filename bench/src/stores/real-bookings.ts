import { startStack } from '../peers/stack.ts';
import { type BookingTemplate, captureBooking, removeBooking } from './booking-template.ts';
import { withStores } from './service-stores.ts';

const PATIENCE_MS = 20_000;
const CALL_OUT_MS = 1_000;

// Long ago, where no slot that is numbered lies.
const request = (year: number, cardNum = '4242424242424242') =>
  JSON.stringify({ name: 'Thomas Colins', doctor: 'John Doe', date: `30-09-${year}`, cardNum });

/**
 * Makes stores with the schema of the product and takes a confirmed booking as a template.
 *
 * @param folder must be empty; holds the stores afterwards, without the booking
 */
export const captureConfirmed = (product: string, folder: string): Promise<BookingTemplate> =>
  captureEnded(product, folder, request(1801), 200);

/** The same of a booking whose card the sandbox declines. */
export const captureDeclined = (product: string, folder: string): Promise<BookingTemplate> =>
  captureEnded(product, folder, request(1803, '4000000000000002'), 402);

async function captureEnded(product: string, folder: string, body: string, status: number): Promise<BookingTemplate> {
  const stack = await startStack({ product, folder });
  const response = await book(stack.bookingUrl, body);
  const location = response.headers.get('location') ?? '';
  await stack.stop();
  if (response.status !== status) throw new Error(`the booking for the template got ${response.status}`);
  const template = captureBooking(folder, location.slice(location.lastIndexOf('/') + 1));
  removeBooking(folder, template);
  return template;
}

/**
 * Takes a booking as a template whose orchestrator was killed in the middle: a backend is stopped, so that its step
 * stays under way, and the orchestrator is killed.
 *
 * @param step which step was under way
 * @param happened whether the backend, once it goes on, still has the step's side effect
 */
export async function captureInterrupted(
  product: string,
  folder: string,
  step: 'reserve' | 'pay',
  happened: boolean,
): Promise<BookingTemplate> {
  const stack = await startStack({ product, folder, env: { STEP_TIMEOUT_MS: '60000', BOOKING_DEADLINE_MS: '60000' } });
  const backend = stack.child(step === 'reserve' ? 'reservation' : 'payment');
  backend.process.kill('SIGSTOP');
  void book(stack.bookingUrl, request(1802)).catch(() => undefined);
  const id = await until(() => unfinishedAt(folder, step));
  // The step is on disk before its call goes out, and nothing outside shows when the call is under way.
  await new Promise((resolve) => setTimeout(resolve, CALL_OUT_MS));
  stack.child('appointment').process.kill('SIGKILL');
  if (happened) {
    backend.process.kill('SIGCONT');
    await until(() =>
      captureBooking(folder, id).rows.find(({ table, row }) => table === EFFECT[step] && !isPending(row)),
    );
  } else backend.process.kill('SIGKILL');
  await stack.stop();
  const template = captureBooking(folder, id);
  removeBooking(folder, template);
  return template;
}

const EFFECT = { reserve: 'appointments', pay: 'payments' } as const;
const isPending = ({ status }: { status?: unknown }) => status === 'pending';

function book(url: string, body: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

function unfinishedAt(folder: string, step: string): string | undefined {
  return withStores(folder, ({ appointment }) => {
    const row = appointment.prepare('select id, steps from sagas where due_at is not null').get();
    const steps: Array<{ name: string; status: string }> = JSON.parse(String(row?.steps ?? '[]'));
    return steps.some(({ name, status }) => name === step && status === 'running') ? String(row?.id) : undefined;
  });
}

async function until<Found>(look: () => Found | undefined): Promise<Found> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > giveUpAt) throw new Error('a booking for a template did not reach its step');
    await new Promise((next) => setTimeout(next, 20));
  }
}
