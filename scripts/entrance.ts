import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { serviceNamed } from '../services.ts';

interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends a request and resolves with the response, as `fetch` does. */
export type Send = (url: string, options?: RequestOptions) => Promise<Response>;

/** Where the orchestrator is reached from this machine, and how. */
export interface Entrance {
  url: string;
  send: Send;
}

/** What takes the port does not take TLS with the certificate that is expected. */
export class OtherCertificate extends Error {
  override name = 'OtherCertificate';
}

/**
 * The entrance of the stack on this machine. With `EDGE_CERT_FILE` it takes TLS, as the balancer of `docker-compose.scale.yml`
 * does, and has to show the certificate of that file, whatever name that is for.
 *
 * @throws where the file cannot be read or has no certificate
 */
export function openEntrance(env: NodeJS.ProcessEnv = process.env): Entrance {
  const address = `127.0.0.1:${env.APPOINTMENT_PORT || serviceNamed('appointment').port}`;
  if (!env.EDGE_CERT_FILE) return { url: `http://${address}`, send: fetch };
  return { url: `https://${address}`, send: sendTrusting(readCertificates(env.EDGE_CERT_FILE)) };
}

/** The certificates of a PEM file, the server's own first; its key stays out of this. */
function readCertificates(file: string): [string, ...string[]] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`EDGE_CERT_FILE: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const [own, ...chain] = content.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  if (own === undefined) throw new Error('EDGE_CERT_FILE: the file has no certificate');
  return [own, ...chain];
}

function sendTrusting(certificates: [string, ...string[]]): Send {
  const { fingerprint256 } = new X509Certificate(certificates[0]);
  const agent = new Agent({
    keepAlive: true,
    ca: certificates,
    // The file may end before the authority's own certificate does.
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, shown) =>
      shown.fingerprint256 === fingerprint256 ? undefined : new Error('another certificate'),
  });
  return async (url, { method = 'GET', headers = {}, body }: RequestOptions = {}) => {
    const sent = request(url, { agent, method, headers }).end(body);
    // Once there is a response, what ends early is told by its body.
    const [response] = (await once(
      sent.on('error', () => {}),
      'response',
    ).catch(refuseUnlessAway(url))) as [IncomingMessage];
    const received = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as [string, string]);
    return new Response(Readable.toWeb(response) as ReadableStream, {
      status: response.statusCode as number,
      headers: received,
    });
  };
}

/** @throws OtherCertificate, or as `fetch` where nothing responds */
function refuseUnlessAway(url: string) {
  return (cause: NodeJS.ErrnoException): never => {
    if (/^ECONN/.test(cause.code ?? '')) throw new TypeError('fetch failed', { cause });
    const why = cause.code ?? cause.message;
    throw new OtherCertificate(`${new URL(url).origin} does not show the certificate of EDGE_CERT_FILE (${why})`, {
      cause,
    });
  };
}
