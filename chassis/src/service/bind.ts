import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { ConfigError } from './env.ts';

// Every address of both families; of IPv4 alone where the machine has no IPv6.
const EVERY_ADDRESS = '::';
const EVERY_IPV4_ADDRESS = '0.0.0.0';
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

const REASONS: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (_host, port) => `PORT: ${port} is in use`,
  EACCES: (_host, port) => `PORT: ${port} may not be used without more permissions`,
  EADDRNOTAVAIL: () => 'HOST: is no address of this machine',
  EAFNOSUPPORT: () => 'HOST: this machine has no addresses of that family',
  EINVAL: () => 'HOST: is no address to listen on',
  ENOTFOUND: () => 'HOST: is no address and no name that is known here',
  EAI_AGAIN: () => 'HOST: the name cannot be looked up',
};

/** @throws ConfigError where host or port cannot be used; the listen error for anything else */
export async function bind(server: Server, host: string, port: number): Promise<void> {
  try {
    await listenOn(server, host, port);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (host === EVERY_ADDRESS && NO_IPV6.has(code)) return bind(server, EVERY_IPV4_ADDRESS, port);
    const reason = REASONS[code];
    throw reason ? new ConfigError([reason(host, port)]) : error;
  }
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Where a client on this machine finds a server. */
export function urlOf({ address, port }: AddressInfo): string {
  if (address === EVERY_ADDRESS || address === EVERY_IPV4_ADDRESS) return `http://127.0.0.1:${port}`;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
