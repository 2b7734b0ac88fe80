import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

// https://www.iana.org/assignments/ipv6-address-space: all that is given out so far. What lies outside may lead to IPv4
// addresses of any kind.
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Thrown where an address is not one of the public internet. */
export class PrivateAddress extends Error {
  override name = 'PrivateAddress';
  readonly code = 'private_address';
}

/** @param address an IPv4 or IPv6 address; one that is mapped from IPv4 counts as that */
export function isPublicAddress(address: string): boolean {
  const parsed = ipaddr.process(address);
  const isGiven = parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
  return isGiven && parsed.range() === 'unicast';
}

/** Whether a URL's host is a name, which has yet to be resolved, or a public address. */
export function isPublicHost(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 || isPublicAddress(host);
}

/**
 * Makes a look-up that leaves out every address that is not public, so that a connection goes to an address that was checked:
 * it is not resolved again.
 *
 * @param lookup resolves the name
 * @returns a function for `net.connect`, which fails with `PrivateAddress` where nothing is left
 */
export function onlyPublic(lookup: LookupFunction = dnsLookup as LookupFunction): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const open = (found as LookupAddress[]).filter(({ address }) => isPublicAddress(address));
      const [first] = open;
      if (!first) return callback(new PrivateAddress('the name leads to a private address'), []);
      if (options.all) return callback(null, open);
      callback(null, first.address, first.family);
    });
  };
}
