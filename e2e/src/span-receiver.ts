import { startStubServer, type TestServer } from '@appointments/chassis/testing';
import { z } from 'zod';

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  attributes: z.array(attribute),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }),
});
const exportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

/** A span as it came over OTLP, with the service that sent it. */
export type ReceivedSpan = z.output<typeof span> & { service: string };

export interface SpanReceiver extends TestServer {
  /** Every span so far. */
  readonly spans: ReceivedSpan[];
  /** Everything that came, as text. */
  readonly text: () => string;
}

/** An OTLP/HTTP receiver that keeps what it gets. */
export async function startSpanReceiver(): Promise<SpanReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = await startStubServer(({ path, body }, response) => {
    if (path !== '/v1/traces') return void response.writeHead(404).end();
    for (const { resource, scopeSpans } of exportRequest.parse(body).resourceSpans) {
      const name = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
      for (const scope of scopeSpans) spans.push(...scope.spans.map((one) => ({ ...one, service: String(name) })));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  return {
    url: server.url,
    spans,
    text: () => JSON.stringify(server.requests.map(({ body }) => body)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
