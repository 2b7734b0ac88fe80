import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

/** A request that is sent as it stands: fetch would tidy up its path and refuse some of its methods and headers. */
export interface RawRequest {
  method: string;
  /** With the query. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer | undefined;
}

export interface RawReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends a request on a connection of its own. */
export function sendRaw(url: string, { method, path, headers = {}, body }: RawRequest): Promise<RawReply> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const request = httpRequest({ hostname, port, method, path, headers: { ...length, ...headers }, agent: false });
  request.on('error', reject);
  request.on('response', async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    resolve({
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: Buffer.concat(chunks).toString(),
    });
  });
  request.end(body);
  return promise;
}
