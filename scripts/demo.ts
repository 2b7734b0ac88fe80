import { randomInt, randomUUID } from 'node:crypto';
import { OtherCertificate, openEntrance } from './entrance.ts';
import { readToken } from './read-token.ts';

const orchestrator = orExit(() => openEntrance());
const operatorToken = orExit(() => readToken('OPERATOR_TOKEN'));

/** What a setting is, or the end with a sentence that names it. */
function orExit<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

// A new day for each run, so that every run has the same result.
const twoDigits = (number: number) => String(number).padStart(2, '0');
const date = `${twoDigits(randomInt(1, 29))}-${twoDigits(randomInt(1, 13))}-${randomInt(2030, 9999)}`;

interface DemoResponse {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<DemoResponse> {
  const response = await orchestrator.send(orchestrator.url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      // Where there is an access file, booking asks for a token as well.
      ...(operatorToken && { authorization: `Bearer ${operatorToken}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

const book = (wishes: Record<string, unknown>, headers?: Record<string, string>) =>
  send(
    'POST',
    '/doctorAppoinment/reservation',
    { name: 'Thomas Colins', doctor: 'John Doe', date, cardNum: '4242424242424242', ...wishes },
    headers,
  );

let failures = 0;

async function scene(title: string, expected: string, play: () => Promise<string>): Promise<void> {
  const seen = await play();
  const asExpected = seen === expected;
  if (!asExpected) failures += 1;
  console.log(
    `${asExpected ? 'ok  ' : 'FAIL'}  ${title.padEnd(52)} ${seen}${asExpected ? '' : ` (expected ${expected})`}`,
  );
}

const timeOf = ({ status, body }: DemoResponse) => `${status} ${body.time ?? body.appointment_status ?? body.code}`;

async function waitForEnd(path: string): Promise<string> {
  for (;;) {
    const { body } = await send('GET', path);
    if (body.status !== 'pending' && body.status !== 'compensating') return String(body.status);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The notice may take a moment; until it has come the response stays 202. */
async function waitForSettlement(ask: () => Promise<DemoResponse>): Promise<string> {
  for (;;) {
    const { status, body } = await ask();
    // The booking goes on by itself once it is decided, and is in progress for a moment.
    if (status !== 202 && body.code !== 'request_in_progress')
      return `${status} ${body.payment_status ?? body.appointment_status}`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function playAll(): Promise<void> {
  const key = randomUUID();
  let first: DemoResponse | undefined;
  await scene("John Doe's first slot", '200 3.00pm', async () => {
    first = await book({}, { 'idempotency-key': key });
    return timeOf(first);
  });
  await scene('the same request again, with the same key', 'replayed, the same appointment', async () => {
    const again = await book({}, { 'idempotency-key': key });
    const replayed = again.headers.get('idempotent-replayed') === 'true';
    const same = JSON.stringify(again.body) === JSON.stringify(first?.body);
    return `${replayed ? 'replayed' : 'not replayed'}, ${same ? 'the same appointment' : 'another appointment'}`;
  });
  await scene('the same key for another request', '422 idempotency_key_reused', async () =>
    timeOf(await book({ name: 'Someone Else' }, { 'idempotency-key': key })),
  );
  await scene('a declined card', '402 failure', async () => timeOf(await book({ cardNum: '4000000000000002' })));
  await scene('the next client gets the released slot', '200 3.30pm', async () => timeOf(await book({})));
  await scene('an unknown doctor', '404 failure', async () => timeOf(await book({ doctor: 'Nobody' })));
  await scene('a day that does not exist', '400 invalid_input', async () => timeOf(await book({ date: '31-04-2030' })));
  await scene('five clients for a day with four slots', '200 200 200 200 409', async () => {
    const responses = await Promise.all(Array.from({ length: 5 }, () => book({ doctor: 'Chidi Okafor' })));
    const statuses = responses.map(({ status }) => status);
    return statuses.toSorted().join(' ');
  });
  await scene('202 at once, done in the background', '202, then confirmed', async () => {
    const { status, headers } = await book({}, { prefer: 'respond-async' });
    return `${status}, then ${await waitForEnd(headers.get('location') as string)}`;
  });
  let action: Record<string, unknown> = {};
  const confirmedKey = { 'idempotency-key': randomUUID() };
  const withConfirmation = () => book({ cardNum: '4000002760003184' }, confirmedKey);
  await scene('a card whose holder has to confirm', '202 requires_action', async () => {
    const { status, body } = await withConfirmation();
    action = (body.next_action ?? {}) as Record<string, unknown>;
    return `${status} ${body.status}`;
  });
  await scene('the holder approves; the same request again', '200 settled', async () => {
    const approval = { method: 'POST', body: new URLSearchParams({ decision: 'approved' }) };
    await fetch(String(action.url), approval);
    return waitForSettlement(withConfirmation);
  });
  if (!operatorToken)
    return console.log('--    an operator cancels a booking: set OPERATOR_TOKEN, here and on the stack');
  await scene('an operator cancels a booking', 'cancelled', async () => {
    const headers = { authorization: `Bearer ${operatorToken}` };
    const { status, body } = await send('PUT', `${first?.headers.get('location')}/cancellation`, undefined, headers);
    return String(status === 200 ? body.status : body.code);
  });
  await showWebhooks(first?.headers.get('location') as string);
}

/** What receivers were told of a booking. Nothing is expected: the stack may have none, and they may fail. */
async function showWebhooks(path: string): Promise<void> {
  const { body } = await send('GET', `${path}/deliveries`, undefined, { authorization: `Bearer ${operatorToken}` });
  const deliveries = (body.items ?? []) as Array<{ event: string; receiver: string; status: string }>;
  for (const { event, receiver, status } of deliveries) console.log(`--    ${event} to ${receiver}: ${status}`);
  if (deliveries.length === 0) console.log('--    webhooks: set WEBHOOKS_FILE on the stack');
}

try {
  await playAll();
  process.exitCode = failures === 0 ? 0 : 1;
} catch (error) {
  const { message } = error as Error;
  console.error(
    error instanceof OtherCertificate
      ? message
      : `No stack responds at ${orchestrator.url}: start one with 'make up' or 'npm start' (${message}).`,
  );
  process.exitCode = 2;
}
