import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@appointments/chassis';
import { createTestLogger, temporaryFolder } from '@appointments/chassis/testing';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type Caller, readAccessFile } from './access-file.ts';
import { openAccessList } from './access-list.ts';
import { createCallers } from './callers.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const file = join(folder.path, 'access.json');
const HASH = 'a'.repeat(64);
const ADA = { id: 'ada', role: 'client', tokenSha256: HASH };
const write = (content: unknown, path = file) =>
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));

function problemsOf(content: unknown): readonly string[] {
  write(content);
  try {
    readAccessFile(file);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('an access file', () => {
  test('When it fits, Then every entry is read', () => {
    write([ADA, { id: 'bob', role: 'viewer', tokenSha256: 'b'.repeat(64), expires: '2027-01-31T01:00:00+01:00' }]);

    const [ada, bob] = readAccessFile(file);

    expect(ada).toEqual(ADA);
    expect(bob).toMatchObject({ role: 'viewer', expires: Date.UTC(2027, 0, 31) });
  });

  test.each([
    ['canary', 'the file is not JSON'],
    [{ canary: 1 }, 'the list must be a list'],
    [[{ ...ADA, id: 'canary canary' }], '/0/id must have'],
    [[{ ...ADA, id: 'operator' }], '/0/id must not be operator'],
    [[{ ...ADA, role: 'canary' }], '/0/role must be one of client, viewer, operator'],
    [[ADA, { ...ADA, id: 'bob', tokenSha256: 'canary' }], '/1/tokenSha256 must be a SHA-256'],
    [[{ ...ADA, expires: 'canary' }], '/0/expires must be a time'],
    [[{ ...ADA, expires: '2027-01-31' }], '/0/expires must be a time'],
    [[ADA, { ...ADA, tokenSha256: 'b'.repeat(64), role: 'viewer' }], 'the list has an id with two roles'],
    [[ADA, { ...ADA, id: 'bob' }], 'the list has a token twice'],
    [[{ id: 'ada', role: 'client' }], '/0/tokenSha256'],
    [[{ ...ADA, token: 'canary' }], '/0'],
  ])('When it is %j, Then what is wrong is named by its place', (content, problem) => {
    const [first = ''] = problemsOf(content);
    expect(first).toContain(problem);
    if (!first.includes('Unrecognized')) expect(first).not.toContain('canary');
  });

  test('When it is not there, Then that is what is said', () => {
    expect(() => readAccessFile(join(folder.path, 'none'))).toThrow('ENOENT');
  });
});

describe('the list in force', () => {
  let now = 0;
  const { logger, lines } = createTestLogger();
  const idsOf = (list: () => readonly Caller[]) => {
    now += 1_000;
    return list().map(({ id }) => id);
  };
  beforeEach(() => {
    write([ADA]);
    lines.length = 0;
  });

  test('When the file is written anew, Then the new one is in force, and nothing is read before a second is over', () => {
    const list = openAccessList(file, logger, () => now);
    write([{ ...ADA, id: 'somebody-else' }]);

    expect(list().map(({ id }) => id)).toEqual(['ada']);
    expect(idsOf(list)).toEqual(['somebody-else']);
    expect(lines.join()).toContain('ACCESS_FILE was read anew');
  });

  test('When another file takes its place, as in Kubernetes, Then that one is in force', () => {
    const [link, first, second] = ['link', 'first', 'second'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    write([ADA], first);
    write([{ ...ADA, id: 'bob' }], second);
    symlinkSync(first, link);
    const list = openAccessList(link, logger, () => now);
    symlinkSync(second, `${link}.new`);
    renameSync(`${link}.new`, link);

    expect(idsOf(list)).toEqual(['bob']);
  });

  test('When it no longer parses, is gone or cannot be looked at, Then the last good one stays, and the log says so once', () => {
    const list = openAccessList(file, logger, () => now);
    write('[{"id": "canary"');

    expect([idsOf(list), idsOf(list)]).toEqual([['ada'], ['ada']]);
    expect(lines.filter((line) => line.includes('the last good one stays in force'))).toHaveLength(1);
    expect(lines.join()).not.toContain('canary');

    unlinkSync(file);
    expect(idsOf(list)).toEqual(['ada']);
    symlinkSync(file, file);
    expect(idsOf(list)).toEqual(['ada']);
    unlinkSync(file);
    write([]);
    expect(idsOf(list)).toEqual([]);
  });
});

test('When a token expires, Then it opens nothing from that moment on', () => {
  let now = 1_000;
  const callers = createCallers({
    operatorToken: undefined,
    accessList: () => [{ id: 'ada', role: 'client', tokenSha256: TOKEN_SHA256, expires: 2_000 }],
    wallNow: () => now,
  });

  expect([callers.byToken('token')?.id, callers.byId('ada')[0]?.id]).toEqual(['ada', 'ada']);
  now = 2_000;
  expect([callers.byToken('token'), callers.byId('ada')]).toEqual([undefined, []]);
});

// Of the text `token`.
const TOKEN_SHA256 = '3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0';
