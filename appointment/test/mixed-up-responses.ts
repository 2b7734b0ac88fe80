import type { Context, Middleware } from 'koa';

/** Makes a response, as a service made it to one call, the response to another. */
type Give = (ctx: Context) => void;

function take({ status, body, response }: Context): Give {
  const headers = response.headers as Record<string, string>;
  return (ctx) => {
    ctx.status = status;
    ctx.body = body;
    ctx.set(headers);
  };
}

/** Lets two calls have each other's response. */
export function swapResponses(): Middleware {
  const [first, second] = [Promise.withResolvers<Give>(), Promise.withResolvers<Give>()];
  let calls = 0;
  return async (ctx, next) => {
    calls += 1;
    const [own, others] = calls === 1 ? [first, second] : [second, first];
    await next();
    own.resolve(take(ctx));
    (await others.promise)(ctx);
  };
}

/** Lets two calls have the response of one of them. */
export function duplicateResponse(): Middleware {
  const first = Promise.withResolvers<Give>();
  return async (ctx, next) => {
    await next();
    first.resolve(take(ctx));
    (await first.promise)(ctx);
  };
}
