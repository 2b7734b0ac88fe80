/** Anything that JSON can say; what the log can keep. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

/** Maps what JSON cannot say to `never`, so that a `Date` or a `bigint` does not compile. Interfaces pass. */
export type Jsonable<T> = T extends string | number | boolean | null | undefined | NoValue
  ? T
  : T extends ((...parameters: never[]) => unknown) | bigint | symbol | NotData
    ? never
    : T extends readonly (infer Item)[]
      ? readonly Jsonable<Item>[]
      : T extends object
        ? { [Name in keyof T]: Jsonable<T[Name]> }
        : never;

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
