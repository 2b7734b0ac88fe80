import type { RawRequest } from '@appointments/chassis/testing';
import { fillPath, type Operation, type Parameter } from './api-model.ts';

/** A request made of a document's examples, and the status that the document says it gets. */
export interface ExampleRequest {
  title: string;
  request: RawRequest;
  /** Undefined where the document does not say. */
  status: number | undefined;
}

const examplesIn = (parameters: readonly Parameter[], location: Parameter['in']) =>
  parameters.flatMap(({ name, in: where, example }) =>
    where === location && example !== undefined ? [[name, String(example)] as const] : [],
  );

/** The requests that an operation's examples make: one for each body, or one where there is none. */
export function exampleRequests(
  { method, path, parameters, requestBody }: Operation,
  headers: Record<string, string>,
): ExampleRequest[] {
  const inPath = new Map(examplesIn(parameters, 'path'));
  const query = new URLSearchParams(examplesIn(parameters, 'query').map((pair) => [...pair])).toString();
  const filled = fillPath(path, (name) => encodeURIComponent(inPath.get(name) ?? 'no example'));
  const target = { method, path: query ? `${filled}?${query}` : filled };
  const bodies = Object.entries(requestBody?.content['application/json']?.examples ?? {});
  if (bodies.length === 0) return [{ title: `${method} ${path}`, request: { ...target, headers }, status: undefined }];
  return bodies.map(([name, { value, 'x-status': status, 'x-headers': more }]) => ({
    title: `${method} ${path} ${name}`,
    request: {
      ...target,
      headers: { ...headers, 'content-type': 'application/json', ...more },
      body: JSON.stringify(value),
    },
    status,
  }));
}
