import { expect, test } from 'vitest';
import { readPostgresHosts } from './postgres-hosts.ts';

/** The URLs in the order of their turns. */
function turnsOf(url: string, count: number): string[] {
  const hosts = readPostgresHosts(url);
  return Array.from({ length: count }, () => {
    const current = hosts.current();
    hosts.leave(current);
    return current;
  });
}

test('When a URL names several hosts, Then each has its turn with all the rest of the URL', () => {
  const rest = '/name?sslmode=require&target_session_attrs=read-write';
  expect(turnsOf(`postgres://user:p%2C@ss@one:5432,other,[::1]:6432${rest}`, 4)).toEqual(
    ['one:5432', 'other', '[::1]:6432', 'one:5432'].map((host) => `postgres://user:p%2C@ss@${host}${rest}`),
  );
});

test('When many connections to a host fail at once, Then it gives its turn to the next one alone', () => {
  const hosts = readPostgresHosts('postgres://one,other,third/name');
  const failed = hosts.current();
  for (let count = 0; count < 3; count += 1) hosts.leave(failed);
  expect(hosts.current()).toBe('postgres://other/name');
});

test.each([
  ['postgres://u@one/name', false],
  ['postgres://u@one/name?target_session_attrs=any', false],
  ['postgresql://u@one/name?target_session_attrs=read-write', true],
  ['postgres://one,other/name', true],
])('When the URL is %s, Then whether the server must take writes is %s', (url, mustWrite) => {
  const hosts = readPostgresHosts(url);
  expect(hosts.mustWrite).toBe(mustWrite);
});

test.each([
  ['target_session_attrs', '/name?target_session_attrs=canary'],
  ['target_session_attrs', ',other/name?target_session_attrs=standby'],
  ['several hosts', '/name?host=canary,other'],
  ['several hosts', '/name?port=1,2'],
  ['each of several hosts', ',/name'],
  ['each of several hosts', ',other:canary/name'],
  ['each of several hosts', ',other:0/name'],
  ['each of several hosts', ',other:65536/name'],
])('When %s is wrong, Then it is refused by name (%s)', (named, rest) => {
  const read = () => readPostgresHosts(`postgres://user:canary@one${rest}`);
  expect(read).toThrow(expect.objectContaining({ code: 'store_url_invalid', message: expect.stringContaining(named) }));
  expect(read).toThrow(/^(?!.*canary)/s);
});
