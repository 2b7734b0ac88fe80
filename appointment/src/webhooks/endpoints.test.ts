import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { WEBHOOK_EVENTS } from './events.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const URL_SECRET = 'canary-in-the-url';

/** What the service makes of a file with this content: its receivers, or the problems. */
function readFile(content: unknown, env: Record<string, string> = {}) {
  using folder = temporaryFolder();
  const file = join(folder.path, 'webhooks.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  try {
    return readConfig({ WEBHOOKS_FILE: file, ...env }).WEBHOOKS_FILE;
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
}

test('When there is no file, Then nobody is told', () => {
  expect(readConfig({}).WEBHOOKS_FILE).toEqual([]);
});

test('When a receiver names no events, Then it gets all of them, and URLs are in their one form', () => {
  expect(readFile([{ url: 'https://Hooks.example.com', secret: SECRET }])).toEqual([
    { url: 'https://hooks.example.com/', secret: SECRET, events: WEBHOOK_EVENTS },
  ]);
});

test('When it names events, Then it gets those', () => {
  const events = ['booking.failed'];
  expect(readFile([{ url: 'https://hooks.example.com/x', secret: SECRET, events }])).toMatchObject([{ events }]);
});

test.each([
  ['no JSON', 'not json', /^WEBHOOKS_FILE: the file is not JSON$/],
  ['no list', {}, /^WEBHOOKS_FILE: the list /],
  ['no URL', [{ url: URL_SECRET, secret: SECRET }], /^WEBHOOKS_FILE: \/0\/url must be an https URL$/],
  [
    'http',
    [{ url: `http://h.example/${URL_SECRET}`, secret: SECRET }],
    /\/0\/url must be an https URL unless WEBHOOK_ALLOW_PRIVATE/,
  ],
  [
    'an address of this machine',
    [{ url: 'https://127.0.0.1/', secret: SECRET }],
    /\/0\/url must not be a private address/,
  ],
  [
    'one of the metadata service',
    [{ url: 'https://[::ffff:169.254.169.254]/', secret: SECRET }],
    /\/0\/url must not be a private/,
  ],
  [
    'a password',
    [{ url: `https://u:${URL_SECRET}@h.example/`, secret: SECRET }],
    /\/0\/url must have neither user nor password/,
  ],
  ['no secret', [{ url: 'https://h.example/' }], /\/0\/secret /],
  [
    'a secret without its prefix',
    [{ url: 'https://h.example/', secret: SECRET.slice(6) }],
    /\/0\/secret must be whsec_/,
  ],
  ['a short secret', [{ url: 'https://h.example/', secret: 'whsec_c2hvcnQ=' }], /\/0\/secret must be whsec_/],
  [
    'another event',
    [{ url: 'https://h.example/', secret: SECRET, events: ['x'] }],
    /\/0\/events\/0 must be one of booking\.confirmed/,
  ],
  [
    'a URL twice',
    [
      { url: 'https://h.example', secret: SECRET },
      { url: 'https://h.example/', secret: SECRET },
    ],
    /the list has a URL twice/,
  ],
  ['a member that is not known', [{ url: 'https://h.example/', secret: SECRET, event: [] }], /\/0 Unrecognized key/],
])('When the file has %s, Then the service does not start, and says where and not what', (_what, content, problem) => {
  const problems = readFile(content) as string[];

  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
  expect(problems[0]).not.toMatch(new RegExp(`${URL_SECRET}|${SECRET.slice(6, 20)}`));
});

test('When private addresses are allowed, Then http and an address of this machine will do', () => {
  const url = 'http://127.0.0.1:9000/hooks';
  expect(readFile([{ url, secret: SECRET }], { WEBHOOK_ALLOW_PRIVATE: 'true' })).toMatchObject([{ url }]);
});

test('When the file is not there and the switch is no switch, Then both are listed', () => {
  expect(() => readConfig({ WEBHOOKS_FILE: '/no/such/file', WEBHOOK_ALLOW_PRIVATE: 'yes' })).toThrow(
    /WEBHOOKS_FILE: ENOENT\n {2}- WEBHOOK_ALLOW_PRIVATE: must be true or false/,
  );
});
