import type { ApiDocument } from '@appointments/chassis';

// Only what the documents have, which hold no references.
export interface JsonSchema {
  type?: string | string[];
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  /** Each asks for members that the others go without. */
  oneOf?: Array<{ required: string[] }>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: JsonSchema;
  example?: string | number;
}

export interface BodyExample {
  value: unknown;
  'x-status': number;
  'x-headers'?: Record<string, string>;
}

export interface MediaType {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface ResponseModel {
  headers?: Record<string, { required?: boolean; schema: JsonSchema }>;
  content?: Record<string, MediaType>;
}

/** One route of a document. */
export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  security?: unknown;
  requestBody?: { content: Record<string, { schema: JsonSchema; examples: Record<string, BodyExample> }> };
  responses: Record<string, ResponseModel>;
}

/** Every operation of a document. */
export function operationsOf({ paths = {} }: ApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    return Object.entries(item).map(([method, operation]) => ({
      parameters: [],
      ...(operation as object),
      method: method.toUpperCase(),
      path,
    })) as unknown as Operation[];
  });
}

/** The responses of a document for requests that no route handles. */
export function responsesOutsideOfRoutes({ components }: ApiDocument): Record<string, ResponseModel> {
  return (components?.responses ?? {}) as Record<string, ResponseModel>;
}

/** The path of a template, its parameters filled in. */
export function fillPath(template: string, valueFor: (name: string) => string): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => valueFor(name));
}

/** The operations that a request's path belongs to, whatever its method; a path without parameters goes first. */
export function operationsAt(operations: readonly Operation[], path: string): Operation[] {
  const pathname = path.split('?', 1)[0] as string;
  const fitting = operations.filter((operation) => {
    const segments = operation.path.split(/\{\w+\}/).map((literal) => RegExp.escape(literal));
    return new RegExp(`^${segments.join('[^/]+?')}/?$`, 'i').test(pathname);
  });
  const hasParameters = (operation: Operation) => Number(operation.path.includes('{'));
  return fitting.toSorted((one, other) => hasParameters(one) - hasParameters(other));
}
