import { expect, test } from 'vitest';
import { respond } from '../interferences.ts';
import { startWithOperator } from './operator.ts';

const PATH = '/console/test-booking';
const FIELDS = { name: 'Test Patient', doctor: 'John Doe', date: '2031-02-28', card: '4000000000009995' };

async function startWithForm() {
  const running = await startWithOperator();
  const { text } = await running.operator.get(PATH);
  const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(text)?.[1] ?? '';
  return { ...running, text, form: { csrf: hidden('csrf'), key: hidden('key'), ...FIELDS } };
}

const otherGateway = respond(200, JSON.stringify({ gateway: 'http', testCards: [] }));

test('When an operator sends a test booking, Then it is booked as a client’s, once, and leads to its page', async () => {
  await using running = await startWithForm();
  const { stack, operator, text, form } = running;
  expect((await operator.get('/console')).text).toContain(`href="${PATH}"`);
  for (const doctor of ['John Doe', 'Amina Rahman']) expect(text).toContain(`>${doctor}</option>`);
  expect(text.match(/type="radio"/g)).toHaveLength(6);

  const [sent, again] = [await operator.post(PATH, form), await operator.post(PATH, form)];

  expect([sent.status, again.status]).toEqual([303, 303]);
  expect(again.location).toBe(sent.location);
  const path = (sent.location as string).replace('/console', '');
  await stack.becomes(path, 'compensated');
  const { json } = await stack.list();
  expect(json.items).toMatchObject([
    { name: 'Test Patient', doctor: 'John Doe', date: '28-02-2031', card: '•••• 9995', status: 'compensated' },
  ]);
  expect(stack.lines.join()).not.toContain(FIELDS.card);
});

test.each([
  [{ name: '' }, 'name'],
  [{ name: 'canary 4242424242424242' }, 'name'],
  [{ doctor: 'canary' }, 'doctor'],
  [{ date: 'canary' }, 'date'],
  [{ date: '2031-02-30' }, 'date'],
  [{ card: '5555555555554444' }, 'card'],
  [{ card: '' }, 'card'],
])('When the form has %j, Then the page names the %s, keeps the rest, and nothing is booked', async (change, field) => {
  await using running = await startWithForm();

  const { status, text } = await running.operator.post(PATH, { ...running.form, ...change });

  expect(status).toBe(400);
  expect(text).toContain(`id="${field}-fault"`);
  expect(text.match(/-fault" class/g)).toHaveLength(1);
  if (field !== 'date') expect(text).toContain('value="2031-02-28"');
  for (const refused of ['canary', '5555555555554444']) expect(text).not.toContain(refused);
  expect((await running.stack.list()).json.items).toEqual([]);
});

test('When the payment service charges at another gateway, Then no page leads there, and a form that was open books nothing', async () => {
  await using running = await startWithForm();
  const { stack, operator, form } = running;
  stack.payment.interfere(otherGateway);

  const [page, sent] = [await operator.get(PATH), await operator.post(PATH, form)];
  await stack.restart();

  expect([page.status, sent.status]).toEqual([409, 409]);
  expect(page.text).toContain('Test bookings are for the sandbox');
  expect((await operator.get('/console')).text).not.toContain(PATH);
  stack.payment.interfere(undefined);
  expect((await stack.list()).json.items).toEqual([]);
});

test('When the payment service does not respond, Then the page says so with 503', async () => {
  await using running = await startWithForm();
  await running.stack.payment.goDown();

  const { status, headers } = await running.operator.get(PATH);

  expect([status, headers.get('retry-after')]).toEqual([503, '5']);
});
