import { expect, test } from 'vitest';
import { startWithOperator } from './operator.ts';

async function startStuck() {
  const running = await startWithOperator();
  const { stack, operator } = running;
  const path = (await stack.book()).headers.get('location') as string;
  const csrf = await operator.csrf(`/console${path}`);
  await stack.payment.goDown();
  const cancelled = await operator.post(`/console${path}/cancellation`, { csrf });
  const notice = await operator.get(`/console${path}`);
  await stack.becomes(path, 'stuck');
  return { ...running, path, page: `/console${path}`, csrf, cancelled, notice };
}

const noticeIn = (text: string) => /<p id="done"[^>]*>([^<]*)/.exec(text)?.[1];

test('When an action is done, Then the page that comes next says what was done and what happens next, once', async () => {
  await using running = await startStuck();
  const { stack, operator, page, path, csrf } = running;
  expect(running.cancelled.headers.get('set-cookie')).toContain(`; Path=${page}; Max-Age=30; HttpOnly; SameSite=Lax`);
  expect(noticeIn(running.notice.text)).toMatch(/^The cancellation holds\. It (goes on|got no further)/);

  // A worker may be at it in this moment; then there is nothing to retry.
  let status = 0;
  while (status !== 303) ({ status } = await operator.post(`${page}/retry`, { csrf }));
  const retried = noticeIn((await operator.get(page)).text);
  const reloaded = noticeIn((await operator.get(page)).text);
  await operator.post(`${page}/pause`, { csrf });
  const paused = noticeIn((await operator.get(page)).text);
  await operator.post(`${page}/resume`, { csrf });
  const resumed = noticeIn((await operator.get(page)).text);

  expect(retried).toMatch(/^The booking was tried again\. It (goes on|got no further: payment: .+ every few seconds)/);
  expect(reloaded).toBeUndefined();
  expect(paused).toBe('The booking is paused. Nothing more is done for it until it is resumed.');
  expect(resumed).toMatch(/^The booking was resumed\. It /);
  await stack.payment.comeBack();
  await stack.becomes(path, 'cancelled');
}, 60_000);

test('When all that are stuck are retried, Then the list says of how many', async () => {
  await using running = await startStuck();
  const { operator, stack, path, csrf } = running;
  await stack.becomes(path, 'stuck');

  await operator.post('/console/retries', { csrf });

  const said = noticeIn((await operator.get('/console?status=stuck')).text);
  expect(said).toMatch(/^(1 booking is tried again\.|No booking was stuck any more\.)/);
});

test('When an action is refused, Then the page leads back to the booking', async () => {
  await using running = await startWithOperator();
  const path = (await running.stack.book()).headers.get('location') as string;
  const csrf = await running.operator.csrf(`/console${path}`);

  const { status, text } = await running.operator.post(`/console${path}/retry`, { csrf });

  expect(status).toBe(409);
  expect(text).toContain(`<a href="/console${path}">Back to the booking</a>`);
});

test.each(['canary', 'retry.canary', 'retries'])(
  'When the cookie says %s, Then a booking’s page says nothing of it',
  async (value) => {
    await using running = await startWithOperator();
    const path = (await running.stack.book()).headers.get('location') as string;
    running.operator.useCookie(`${running.operator.cookie()}; console_done=${value}`);

    const { text } = await running.operator.get(`/console${path}`);

    expect(noticeIn(text)).toBeUndefined();
    expect(text).not.toContain('canary');
  },
);
