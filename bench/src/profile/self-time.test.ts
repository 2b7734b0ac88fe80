import { expect, test } from 'vitest';
import { selfTimes, sumBy } from './self-time.ts';

const PRODUCT = '/srv/product';
const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9, columnNumber: 0, scriptId: '1' },
  children,
});

// (root) → book → Koa's handler → node:http's write; beside it Node's own work, the collector and idling.
const profile = {
  startTime: 0,
  endTime: 0,
  nodes: [
    node(1, '(root)', '', [2, 5, 6, 7, 8]),
    node(2, 'book', `file://${PRODUCT}/appointment/src/book.ts`, [3]),
    node(3, 'handle', `file://${PRODUCT}/node_modules/koa/lib/application.js`, [4]),
    node(4, 'write', 'node:_http_outgoing', []),
    node(5, 'processTicks', 'node:internal/process/task_queues', []),
    node(6, '(garbage collector)', '', []),
    node(7, '(idle)', '', []),
    node(8, 'post', 'node:inspector', []),
  ],
  samples: [2, 3, 4, 4, 5, 6, 7, 8],
  timeDeltas: [10, 20, 30, 30, 40, 50, 60, 70],
};

const sumsBy = (of: 'group' | 'payer') =>
  Object.fromEntries(
    sumBy(selfTimes(profile, PRODUCT), (time) => time[of]).map(({ group, microseconds }) => [group, microseconds]),
  );

test('When samples are added up, Then each goes to its file or package, and idling and the profiler do not count', () => {
  expect(sumsBy('group')).toEqual({
    'appointment/src/book.ts': 10,
    koa: 20,
    'node:_http_outgoing': 60,
    'node:internal/process': 40,
    '(garbage collector)': 50,
  });
});

test('When Node works for a package, Then the package pays; the other work of Node stays its own', () => {
  expect(sumsBy('payer')).toEqual({
    'appointment/src/book.ts': 10,
    koa: 80,
    'node:internal/process': 40,
    '(garbage collector)': 50,
  });
});

test('When sums are listed, Then the largest is first', () => {
  const sums = sumBy(selfTimes(profile, PRODUCT), ({ group }) => group);

  expect(sums.map(({ microseconds }) => microseconds)).toEqual([60, 50, 40, 20, 10]);
});
