import ipaddr from 'ipaddr.js';

// One customer has as many addresses of IPv6 as fit in this many bits at least (RFC 6177).
const IPV6_NETWORK_PARTS = 4;

/**
 * What an address is counted by: an IPv4 address whichever way it is written, and of an IPv6 address the network, because
 * who has one has all of it.
 *
 * @param address as a socket or a proxy has it; one that is none is returned as it is
 */
export function clientAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${parsed.parts
    .slice(0, IPV6_NETWORK_PARTS)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
