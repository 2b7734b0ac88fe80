import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { isPublicAddress, isPublicHost, onlyPublic } from './public-address.ts';

test.each(['8.8.8.8', '93.184.215.14', '2606:4700::1111', '::ffff:8.8.8.8'])(
  'When the address is %s, Then it is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '0.1.2.3'],
  ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1', '192.0.0.8'],
  ...['::1', '::', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fec0::1', 'ff02::1', '2001:db8::1', '100::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::1', '2002:7f00:1::', '2001::1'],
])('When the address is %s, Then it is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  ['https://example.com/x', true],
  ['https://8.8.8.8/x', true],
  ['https://[2606:4700::1111]:8443/x', true],
  ['https://127.0.0.1/x', false],
  // As browsers and Node read them.
  ['https://0x7f.1/x', false],
  ['https://2130706433/x', false],
  ['https://[::ffff:127.0.0.1]/x', false],
])('When the URL is %s, Then %s', (url, isPublic) => {
  expect(isPublicHost(url)).toBe(isPublic);
});

const resolvesTo =
  (...addresses: string[]): LookupFunction =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function look(lookup: LookupFunction, all: boolean) {
  return new Promise((resolve) => {
    onlyPublic(lookup)('receiver.example', { all }, (error, found, family) => resolve(error?.code ?? [found, family]));
  });
}

test('When a name leads to addresses of both kinds, Then only the public ones are connected to', async () => {
  const lookup = resolvesTo('10.0.0.1', '8.8.8.8', 'fc00::1', '2606:4700::1111');
  const open = [
    { address: '8.8.8.8', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ];
  expect(await look(lookup, true)).toEqual([open, undefined]);
  expect(await look(lookup, false)).toEqual(['8.8.8.8', 4]);
});

test('When a name leads to private addresses alone, Then nothing is connected to', async () => {
  expect(await look(resolvesTo('10.0.0.1', '::1'), true)).toBe('private_address');
});

test('When a name cannot be resolved, Then that is the error', async () => {
  const failing: LookupFunction = (_name, _options, callback) =>
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
  expect(await look(failing, true)).toBe('ENOTFOUND');
});
