import type { ApiReply } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { latencyFigure } from '../../src/console/pages/latency-figure.ts';
import { GUIDE_REQUEST } from '../appointment-stack.ts';
import { onlyPosts, respond } from '../interferences.ts';
import { idsIn, startWithOperator } from './operator.ts';

const DECLINED = '4000000000000002';

test('When some were refused and one was lost to a fault, Then the second is what stands first, and each is counted', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const book = async (wishes: object) => (await stack.book({ ...GUIDE_REQUEST, ...wishes })).status;
  expect(await book({ cardNum: DECLINED })).toBe(402);
  expect(await book({ doctor: 'Nobody' })).toBe(404);
  expect(await book({})).toBe(200);
  stack.payment.interfere(onlyPosts(respond(502, '{}')));
  expect(await book({ date: '02-02-2031' })).toBe(503);

  const { text } = await operator.get('/console');

  const figure = /<h3>Lost to faults<\/h3>.*?<\/div>/s.exec(text)?.[0] ?? '';
  expect(figure).toMatch(/25\.0 % <span class="beside"><a [^>]+>1<\/a> of 4 that ended/);
  expect(figure.replaceAll(/<[^>]+>/g, ' ')).toMatch(/Confirmed, kept or cancelled\s+1\s+Refused\s+2\s+Lost\s+1\s/);
  expect(figure).toContain('1 confirmed, 2 refused, 1 lost');
  expect(figure).toContain('payment not confirmed in time, doctor full or unknown, or cancelled before the outcome');
});

test('When a count of today is followed, Then it leads to the list of what it counts', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  await stack.book();
  const declined = await stack.book({ ...GUIDE_REQUEST, cardNum: DECLINED });

  const { text } = await operator.get('/console');
  const link = /href="([^"]+)">Compensated<\/a> <b class="number">1</.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const all = /<p class="big number"><a href="([^"]+)" aria-label="2 bookings/.exec(text)?.[1] ?? '';

  expect(idsIn(await operator.get(link))).toEqual([declined.headers.get('location')?.replace('/bookings/', '')]);
  expect(idsIn(await operator.get(all.replaceAll('&amp;', '&')))).toHaveLength(2);
});

test('When what they came to is followed, Then page, API and CSV have exactly those bookings', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const idOf = ({ headers }: ApiReply) => headers.get('location')?.replace('/bookings/', '') as string;
  const book = async (wishes: object) => idOf(await stack.book({ ...GUIDE_REQUEST, ...wishes }));
  const declined = await book({ cardNum: DECLINED });
  const unknown = await book({ doctor: 'Nobody' });
  const kept = await book({});
  const cancelled = await book({});
  await stack.cancel(`/bookings/${cancelled}`);
  // It waits for its cardholder, so nobody was told that it is confirmed.
  const neverConfirmed = await book({ cardNum: '4000002760003184' });
  await stack.cancel(`/bookings/${neverConfirmed}`);
  stack.payment.interfere(onlyPosts(respond(502, '{}')));
  const lost = await book({ date: '02-02-2031' });
  stack.reservation.interfere(respond(500, '{}'));
  const lostAndStuck = await book({});
  await stack.becomes(`/bookings/${lostAndStuck}`, 'stuck');

  const figure = /<h3>Lost to faults<\/h3>.*?<\/div>/s.exec((await operator.get('/console')).text)?.[0] ?? '';
  const follow = async (name: string) => {
    const link = new RegExp(`href="([^"]+)">${name}<`).exec(figure)?.[1]?.replaceAll('&amp;', '&') as string;
    const query = link.replace('/console', '');
    const ids = idsIn(await operator.get(link));
    expect((await stack.list(query)).json.items.map(({ id }: { id: string }) => id)).toEqual(ids);
    const { text } = await operator.get(`/console/bookings.csv${query}`);
    expect(
      text
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.slice(0, 36)),
    ).toEqual(ids);
    return ids;
  };

  expect(figure.replaceAll(/<[^>]+>/g, ' ')).toMatch(/Confirmed, kept or cancelled\s+2\s+Refused\s+3\s+Lost\s+2\s/);
  expect(await follow('Lost')).toEqual([lostAndStuck, lost]);
  expect(await follow('Refused')).toEqual([neverConfirmed, unknown, declined]);
  expect(await follow('Confirmed, kept or cancelled')).toEqual([cancelled, kept]);
});

test('When bookings took time, Then how many took how long can be read as text', async () => {
  await using running = await startWithOperator();
  await running.stack.book();
  const { text } = await running.operator.get('/console');
  const [, figure = ''] = text.split('<h3>Time to confirm</h3>');
  expect(figure).toMatch(
    /<summary>Values<\/summary><ol><li><span class="number">[\d.]+ m?s to [\d.]+ m?s:<\/span> 1<\/li>/,
  );
  expect(figure).toMatch(/From [\d.]+ m?s to [\d.]+ m?s\./);
});

test('When bookings took from a millisecond to minutes, Then no more labels stand below than a phone has room for', () => {
  const labels = (latencies: number[]) =>
    [
      ...latencyFigure(latencies)
        .toString()
        .matchAll(/<text[^>]*>([^<]+)/g),
    ].map(([, label]) => label);
  expect(labels([120, 900])).toEqual(['100 ms', '1 s', '10 s']);
  expect(labels([2, 600])).toEqual(['1 ms', '10 ms', '100 ms', '1 s']);
  expect(labels([2, 140_000])).toEqual(['1 ms', '100 ms', '10 s', '1000 s']);
});
