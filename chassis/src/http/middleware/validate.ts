import type { Middleware } from 'koa';
import type { z } from 'zod';
import { type FieldError, Problem } from '../problem.ts';

/** What `validate` leaves for the handler: the parsed input under `ctx.state.input`. */
export interface InputState<Schema extends z.ZodType> {
  input: z.output<Schema>;
}

// RFC 6901: "~" and "/" inside a name are escaped.
function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Parses `value` with `schema`.
 *
 * @returns the parsed value
 * @throws Problem 400 `invalid_input` that names every field that does not fit, without its value
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors: FieldError[] = parsed.error.issues.map((issue) => ({
    pointer: pointer(issue.path),
    message: issue.message,
  }));
  throw new Problem(400, 'invalid_input', { detail: 'The request does not fit; errors says where and why.', errors });
}

/** Parses the JSON body once; handlers take `ctx.state.input` and never look at the body again. */
export function validate<Schema extends z.ZodType>(schema: Schema): Middleware<InputState<Schema>> {
  return async function validate(ctx, next) {
    ctx.state.input = parseInput(schema, ctx.request.body);
    await next();
  };
}
