/** Anything that JSON can say; what the log can keep. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

/**
 * Maps what JSON cannot say to `never`, so that a `Date` or a `bigint` does not compile. Interfaces pass, and so does what
 * has the type `unknown`, which is looked at when the step runs.
 */
export type Jsonable<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined | NoValue
    ? T
    : T extends ((...parameters: never[]) => unknown) | bigint | symbol | NotData
      ? never
      : T extends readonly (infer Item)[]
        ? readonly Jsonable<Item>[]
        : T extends object
          ? { [Name in keyof T]: Jsonable<T[Name]> }
          : never;

/**
 * What `run` of a step or a saga must be beside its own types: its input and its result are JSON. It stands at the result,
 * because a condition on the options as a whole would keep the input's type from being inferred.
 */
export interface JsonRun<Input, Result> {
  run(call: never, input: never): Promise<JsonResult<Input, Result>>;
}

type JsonResult<Input, Result> = Input extends Jsonable<Input> ? Jsonable<Result> : 'the input is not JSON';

/** The payload of an event, which is JSON. */
export type JsonPayload<Payload> = [Payload] extends [Jsonable<Payload>] ? Payload : 'the payload is not JSON';

// What a function returns that returns nothing.
type NoValue = ReturnType<() => void>;

type NotData =
  | Date
  | RegExp
  | Error
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | Promise<unknown>
  | ArrayBufferView;
