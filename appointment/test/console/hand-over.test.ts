import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GUIDE_REQUEST } from '../appointment-stack.ts';
import { createVisitor, startWithOperator } from './operator.ts';

const TRACE_URL = 'https://jaeger.example/trace/{traceId}?from=console';

let running: Awaited<ReturnType<typeof startWithOperator>>;
const book = async (wishes: object = {}, headers = {}) =>
  (await running.stack.book({ ...GUIDE_REQUEST, ...wishes }, headers)).headers.get('location') as string;

beforeAll(async () => {
  running = await startWithOperator({ traceUrl: TRACE_URL });
});
afterAll(() => running[Symbol.asyncDispose]());

describe('a booking as JSON', () => {
  test('When its link is followed, Then it is what the API gives an operator, and nobody else gets it', async () => {
    const path = await book();
    const { operator, stack } = running;
    const link = /href="([^"]+)">JSON</.exec((await operator.get(`/console${path}`)).text)?.[1] ?? '';

    const { status, headers, text } = await operator.get(link);

    const ofApi = (await stack.list()).json.items.find(({ id }: { id: string }) => path.endsWith(id));
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(text)).toEqual(ofApi);
    expect((await createVisitor(stack.url).get(link)).status).toBe(303);
    expect((await operator.get('/console/bookings/nothing/json')).status).toBe(404);
  });
});

test('When its trace can be seen elsewhere, Then its page leads there', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const path = await book({ date: '02-02-2031' }, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  const { text } = await running.operator.get(`/console${path}`);
  expect(text).toContain(`<a href="https://jaeger.example/trace/${traceId}?from=console" rel="noreferrer">`);
});

describe('a list as CSV', () => {
  const linesOf = async (query: string) => {
    const { text } = await running.operator.get(`/console/bookings.csv?${query}`);
    expect(text.endsWith('\r\n')).toBe(true);
    return text.slice(0, -2).split('\r\n');
  };
  const columnOf = (lines: readonly string[], index: number) => lines.slice(1).map((line) => line.split(',')[index]);

  test('When more than a page are listed, Then all of them, once each, newest first, with the same filters', async () => {
    const list = await running.operator.get('/console?doctor=Nobody');
    expect(list.text).not.toContain('bookings.csv');
    const paths: string[] = [];
    for (let index = 0; index < 203; index += 1) paths.push(await book({ doctor: 'Nobody', name: `Patient ${index}` }));
    const { text } = await running.operator.get('/console?doctor=Nobody&status=failed');
    expect(text).toContain('href="/console/bookings.csv?status=failed&amp;doctor=Nobody"');

    const lines = await linesOf('status=failed&doctor=Nobody');

    expect(lines[0]).toBe('id,status,reason,patient,doctor,date,time,fee,card,requested_at,changed_at');
    expect(columnOf(lines, 0)).toEqual(paths.map((path) => path.replace('/bookings/', '')).reverse());
    expect(new Set(columnOf(lines, 2))).toEqual(new Set(['the doctor is unknown']));
    expect(await linesOf('status=stuck')).toHaveLength(1);
  }, 60_000);

  test('When a name would be a formula or has what separates fields, Then it is a text, and one field', async () => {
    await book({ doctor: 'Formula', name: '=HYPERLINK("http://evil.example","x")' });
    await book({ doctor: 'Formula', name: '@SUM(A1), "quoted"' });
    const [, second, first] = await linesOf('doctor=Formula');
    expect(first).toContain(`,"'=HYPERLINK(""http://evil.example"",""x"")",Formula,`);
    expect(second).toContain(`,"'@SUM(A1), ""quoted""",Formula,`);
  });

  test('When nobody is signed in, Then it leads to the sign-in', async () => {
    const { status, text } = await createVisitor(running.stack.url).get('/console/bookings.csv');
    expect([status, text.includes('Patient')]).toEqual([303, false]);
  });
});

describe('an address that is typed', () => {
  const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
  const get = (path: string, headers: Record<string, string>) =>
    fetch(running.stack.url() + path, { headers, redirect: 'manual' });

  test('When a browser asks for the root, Then it is led to the console; a program gets JSON', async () => {
    const page = await get('/', BROWSER);
    expect([page.status, page.headers.get('location')]).toEqual([303, '/console']);
    const document = await get('/', { accept: '*/*' });
    expect([document.status, document.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  test('When there is no such page, Then a page says so to a browser, and JSON to a program', async () => {
    const page = await get('/console/nope', BROWSER);
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('There is no such page.');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const document = await get('/console/nope', { accept: 'application/json' });
    expect([document.status, await document.json()]).toMatchObject([404, { code: 'not_found' }]);
  });
});
