import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GUIDE_REQUEST } from '../appointment-stack.ts';
import { idsIn, startWithOperator } from './operator.ts';

const SCRIPT = '<img src=x onerror=alert(1)>';
const CARD = '4242424242424242';

let running: Awaited<ReturnType<typeof startWithOperator>>;
const idOf = (reply: { headers: Headers }) => reply.headers.get('location')?.split('/').at(-1) as string;
const book = async (wishes: object) => idOf(await running.stack.book({ ...GUIDE_REQUEST, ...wishes }));

beforeAll(async () => {
  running = await startWithOperator();
});
afterAll(() => running[Symbol.asyncDispose]());

test('When nothing has been booked, Then the list has the request to send, to the address that was come by', async () => {
  await using fresh = await startWithOperator();
  const { text } = await fresh.operator.get('/console');
  expect(text).toContain('No bookings yet');
  expect(text).toContain(`${fresh.stack.url()}/doctorAppoinment/reservation`);
});

test('When a list is asked for from a day to one before it, Then that is said', async () => {
  const textOf = async (query: string) => (await running.operator.get(`/console?${query}`)).text;
  expect(await textOf('from=2031-02-03&to=2031-02-01')).toContain('The first of these days is after the last.');
  expect(await textOf('from=2031-02-03&to=2031-02-03')).not.toContain('is after the last');
});

test('When any page is sent, Then it may load nothing but its own files and nobody keeps it', async () => {
  const id = await book({ date: '01-02-2031' });
  for (const path of ['/console', '/console/sign-in', `/console/bookings/${id}`, '/console/bookings/x']) {
    const { headers, text } = await running.operator.get(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).not.toMatch(
      /<script(?! type="module" src="\/console\/)|<style| style="| on\w+="|https?:\/\/(?!127\.0\.0\.1)/,
    );
  }
});

test('When files are asked for by their hash, Then they may be cached without end, and there are no others', async () => {
  const { text } = await running.operator.get('/console');
  const paths = [...text.matchAll(/"(\/console\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
  expect(paths).toHaveLength(4);
  for (const path of paths) {
    const { status, headers } = await running.operator.get(path);
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  }
  for (const name of ['console.css', '..%2Fconsole.ts', 'live-000000000000.js']) {
    expect((await running.operator.get(`/console/assets/${name}`)).status).toBe(404);
  }
});

describe('what clients sent', () => {
  test('When a name turns the direction of what follows, Then it turns nothing but itself', async () => {
    const name = 'Ann\u202eeeL\u2069';
    const id = await book({ name, doctor: name, date: '05-05-2031' });

    const page = (await running.operator.get(`/console/bookings/${id}`)).text;
    const list = (await running.operator.get('/console')).text;

    expect(page).toContain('<title>\u2068AnneeL\u2069, failed · Appointments console</title>');
    expect(page).toContain('"name": "Ann\\u202eeeL\\u2069"'.replaceAll('"', '&quot;'));
    for (const text of [page, list]) {
      expect(text).toContain(`<bdi>${name}</bdi>`);
      expect(text.replaceAll(`<bdi>${name}</bdi>`, '')).not.toMatch(/[\u202a-\u202e\u2069]Ann|\u202e/);
    }
  });

  test('When a name is markup, Then it is text in the list, on its page and in what is filtered by', async () => {
    const id = await book({ name: SCRIPT, doctor: `${SCRIPT}"'&` });
    const doctor = encodeURIComponent(`${SCRIPT}"'&`);
    for (const path of [
      '/console',
      `/console/bookings/${id}`,
      `/console?doctor=${doctor}`,
      '/console?doctor=%3Cimg%20',
    ]) {
      const { text } = await running.operator.get(path);
      expect(text).not.toContain('<img');
    }
    expect((await running.operator.get(`/console?doctor=${doctor}`)).text).toContain(
      'value="&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"',
    );
  });

  test('When a card was used, Then its last four digits are all there is to see', async () => {
    const id = await book({ cardNum: CARD, date: '02-02-2031' });
    for (const path of ['/console', `/console/bookings/${id}`]) {
      const { text } = await running.operator.get(path);
      expect(text).toContain('•••• 4242');
      expect(text).not.toContain(CARD.slice(-5));
    }
  });
});

describe('the list', () => {
  test('When it is filtered, Then by status, by doctor in any case, and by both', async () => {
    const declined = await book({ doctor: 'Amina Rahman', cardNum: '4000000000000002', date: '03-02-2031' });
    const confirmed = await book({ doctor: 'Amina Rahman', date: '03-02-2031' });
    const list = async (query: string) => idsIn(await running.operator.get(`/console?${query}`));

    expect(await list('doctor=amina%20RAHMAN')).toEqual([confirmed, declined]);
    expect(await list('status=compensated&doctor=Amina+Rahman')).toEqual([declined]);
    expect(await list('status=compensated')).toContain(declined);
    expect(await list('status=compensated')).not.toContain(confirmed);
    expect(await list('status=stuck')).toEqual([]);
    expect(await list('status=nonsense&before=%00')).toEqual(await list(''));
  });

  test('When there are more than fit a page, Then older ones page by page, each once, newest first', async () => {
    for (let index = 0; index < 53; index += 1) await book({ doctor: 'Nobody', name: `Patient ${index}` });

    for (const query of ['', '?doctor=Nobody', '?status=failed', '?status=failed&doctor=Nobody']) {
      const ids: string[] = [];
      let next: string | undefined = `/console${query}`;
      while (next !== undefined) {
        const page = await running.operator.get(next);
        expect(idsIn(page).length).toBeLessThanOrEqual(50);
        ids.push(...idsIn(page));
        next = /href="([^"]+)" rel="next"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&');
      }
      expect(ids.length).toBeGreaterThanOrEqual(53);
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
    }
  });

  test('When a patient is searched for, Then the form says so and the links keep it', async () => {
    const id = await book({ name: 'Ingrid Berg', date: '05-02-2031' });
    const page = await running.operator.get('/console?q=ingrid&from=2020-01-01&to=&doctor=');
    expect(idsIn(page)).toEqual([id]);
    expect(page.text).toContain('name="q" value="ingrid"');
    expect(page.text).toContain('href="/console?q=ingrid&amp;from=2020-01-01&amp;status=confirmed"');
  });

  test('When an id is searched for, Then its booking opens, whatever else was pasted with it', async () => {
    const id = await book({ date: '04-02-2031' });
    const search = (text: string) => running.operator.get(`/console?q=${encodeURIComponent(text)}`);

    for (const text of [id, ` ${id.toUpperCase()} `, `"bookingId":"${id}","level":"info"`]) {
      expect((await search(text)).location).toBe(`/console/bookings/${id}`);
    }
    for (const text of ['nothing', id.replace(/^./, 'f')]) {
      expect((await search(text)).text).toContain(`<bdi>${text}</bdi>. <a href="/console">Show all</a>`);
    }
  });

  test('When bookings were made, Then today counts them and says how the peers are', async () => {
    // What was counted is kept for a moment.
    const read = async () => (await running.operator.get('/console')).text;
    await expect.poll(read, { timeout: 10_000 }).toMatch(/>Confirmed<\/a> <b class="number">\d+</);
    const text = await read();
    expect(text).toContain('<b>reservation</b></span> <span class="peer-state">ready, calls go through');
    expect(text).toMatch(/median.*p99/s);
  });
});

describe('a booking', () => {
  test('When it was declined, Then its page tells the way there and back, the reason and the reply', async () => {
    const id = await book({ cardNum: '4000000000000002', date: '05-02-2031' });
    const { text } = await running.operator.get(`/console/bookings/${id}`);
    const titles = [...text.matchAll(/<h3>([^<]+)/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Request accepted',
      'Reserve a slot',
      'Settle the fee',
      'Rolled back',
      'Release the slot',
      'Compensated',
    ]);
    expect(text).toContain('The card was declined');
    expect(text).toContain('HTTP 402');
    expect(text).toContain('&quot;appointment_status&quot;: &quot;failure&quot;');
  });

  test('When there is none with that id, Then a page that says so', async () => {
    const { status, headers, text } = await running.operator.get(
      '/console/bookings/01a204a3-bd08-77c6-868b-33598c2f975b',
    );
    expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(text).toContain('There is no booking with that id.');
  });
});
