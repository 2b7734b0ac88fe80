import type { z } from 'zod';
import type { ProblemDescription } from '../define-problem.ts';

/** A request body that the tests send, with its headers and the expected response. */
export interface BodyExample {
  summary: string;
  value: unknown;
  headers?: Record<string, string>;
  status: number;
}

/** A route's response under one status when it is no problem document. */
export interface ReplyDescription {
  description: string;
  /** Left out where there is no body. */
  schema?: z.ZodType;
  /** `application/json` when left out. */
  mediaType?: string;
  headers?: z.ZodRawShape;
  example?: unknown;
}

/** One route, as its document has it. */
export interface RouteDescription {
  method: 'get' | 'post' | 'put';
  /** As Koa's router has it, with parameters such as `:id`. */
  path: string;
  /** Unique in the service; names the method in a generated client. */
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodRawShape;
  body?: { schema: z.ZodType; examples: Record<string, BodyExample> };
  /** Values for parameters by name; they are sent in the tests. */
  examples?: Record<string, string | number>;
  /** By status; `4XX` stands for those that are not listed. */
  replies: Readonly<Record<number | '4XX', ReplyDescription> | Record<number, ReplyDescription>>;
  /** Where a route is declared, those that do not follow from its other parts. */
  problems?: readonly ProblemDescription[];
  /** Whether callers without the service's token are let through. */
  open?: boolean;
  /** The security schemes of which one is asked for; none when left out. */
  security?: ReadonlyArray<Record<string, string[]>>;
}
