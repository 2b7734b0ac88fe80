import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { answer } from '../webhooks/receiver.ts';
import { startTold } from '../webhooks/told-stack.ts';
import { listen } from './listen.ts';
import { createVisitor } from './operator.ts';

/** A stack whose bookings are told of, and an operator who is signed in to its console. */
async function startWithReceiver(status: number) {
  const told = await startTold();
  told.receiver.respond(answer(status));
  const operator = createVisitor(told.stack.url);
  await operator.signIn();
  return { ...told, operator };
}

const cellsOf = (page: string) =>
  [
    ...page.matchAll(/class="cell-(event|receiver|status|tries number|response|next number)"[^>]*>(.*?)<\/t[hd]>/gs),
  ].map(([, name, content]) => [name, content?.replace(/<[^>]+>/g, ' ').trim()]);

test('When a receiver fails, Then the page says when it is told next, and nothing of its URL but the host', async () => {
  await using running = await startWithReceiver(500);
  const path = await running.book();
  const { nextTryAt } = await running.becomes(path, 'pending');

  const { text } = await running.operator.get(`/console${path}`);

  const { host } = new URL(running.receiver.url);
  expect(Object.fromEntries(cellsOf(text.slice(text.indexOf('id="webhooks"'))))).toEqual({
    event: 'booking.confirmed',
    receiver: host,
    status: 'Pending',
    'tries number': '1',
    response: 'HTTP 500',
    'next number': expect.stringContaining(nextTryAt.slice(11, 19)),
  });
  expect(text).not.toContain('/hooks');
});

test('When nobody was told, Then there is no such part', async () => {
  await using running = await startWithReceiver(204);
  await running.stack.restart('shutdown', { endpoints: [] });
  const path = (await running.stack.book()).headers.get('location') as string;
  const { text } = await running.operator.get(`/console${path}`);
  expect(text).toContain('<section id="webhooks" aria-label="Webhooks"></section>');
});

test('When it is sent again, Then under the same id, and the page shows both deliveries', async () => {
  await using running = await startWithReceiver(410);
  const { receiver, operator } = running;
  const path = await running.book();
  const { id } = await running.becomes(path, 'failed');
  receiver.respond(answer(200));
  const page = `/console${path}`;

  const sent = await operator.post(`${page}/resend`, { csrf: await operator.csrf(page), delivery: id });

  expect([sent.status, sent.location]).toEqual([303, `${page}#webhooks`]);
  await receiver.gets(2);
  expect(receiver.received[1]?.webhookId).toBe(receiver.received[0]?.webhookId);
  await waitUntil('it is shown', async () => (await operator.get(page)).text.includes('<span>Delivered</span>'));
  const { text } = await operator.get(page);
  expect(text).toContain('The receiver is gone for good');
  expect(text.match(/Send again/g)).toHaveLength(1);
});

test('When the form is not of this session, comes from elsewhere or names no delivery, Then nothing is sent', async () => {
  await using running = await startWithReceiver(410);
  const { operator, stack } = running;
  const path = await running.book();
  const other = await running.book();
  const { id: delivery } = await running.becomes(path, 'failed');
  const page = `/console${path}`;
  const csrf = await operator.csrf(page);
  const stranger = createVisitor(stack.url);

  const responses = [
    await operator.post(`${page}/resend`, { delivery }),
    await operator.post(`${page}/resend`, { delivery, csrf }, { origin: 'https://evil.example' }),
    await operator.post(`${page}/resend`, { csrf }),
    await operator.post(`/console${other}/resend`, { csrf, delivery }),
  ];
  const led = await stranger.post(`${page}/resend`, { csrf, delivery });

  expect(responses.map(({ status }) => status)).toEqual([403, 403, 404, 404]);
  expect(responses[2]?.text).toContain('no webhook delivery with that id');
  expect([led.status, led.location]).toEqual([303, `/console/sign-in?to=${encodeURIComponent(page)}`]);
  expect(running.receiver.received).toHaveLength(2);
});

test('When a delivery changes, Then the page that shows it hears of it, and that of no other booking', async () => {
  await using running = await startWithReceiver(500);
  const { operator, receiver } = running;
  const path = await running.book();
  const { id } = await running.becomes(path, 'pending');
  const other = await running.book();
  await running.becomes(other, 'pending');
  // Long ago, so that the page does not hear of the bookings themselves.
  await running.stack.change(async (tables) => {
    const bookings = tables.updateTable('sagas').where('name', '=', 'book-appointment');
    await bookings.set((sagas) => ({ updated_at: sagas('updated_at', '-', 60_000) })).execute();
  });
  const eventsOf = (of: string) => `/console/events?booking=${of.split('/').at(-1)}`;
  await using one = await listen(operator, eventsOf(path));
  await using another = await listen(operator, eventsOf(other));
  receiver.respond(answer(200));

  await running.sendAgain(path, id);

  await one.hears('<span>Delivered</span>');
  expect(another.heard.text).not.toContain('<span>Delivered</span>');
});
