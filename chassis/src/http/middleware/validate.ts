import type { Middleware } from 'koa';
import type { z } from 'zod';
import type { FieldError } from '../problem.ts';
import { invalidInput } from '../problem-kinds.ts';

/** What `validate` leaves for the handler: the parsed input under `ctx.state.input`. */
export interface InputState<Schema extends z.ZodType> {
  input: z.output<Schema>;
}

// RFC 6901: "~" and "/" inside a name are escaped.
function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const toFieldErrors = ({ issues }: z.ZodError): FieldError[] =>
  issues.map((issue) => ({ pointer: pointer(issue.path), message: issue.message }));

/** @returns what is wrong with a value; nothing where it fits */
export function fieldErrors(schema: z.ZodType, value: unknown): FieldError[] {
  const { error } = schema.safeParse(value);
  return error ? toFieldErrors(error) : [];
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
  throw invalidInput({ errors: toFieldErrors(parsed.error) });
}

/** Parses the JSON body once; handlers take `ctx.state.input` and never look at the body again. */
export function validate<Schema extends z.ZodType>(schema: Schema): Middleware<InputState<Schema>> {
  return async function validate(ctx, next) {
    ctx.state.input = parseInput(schema, ctx.request.body);
    await next();
  };
}
