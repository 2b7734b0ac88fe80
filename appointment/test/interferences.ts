import type { Context, Middleware } from 'koa';

/** A peer that receives and never responds. */
export const neverRespond: Middleware = (ctx) => {
  ctx.respond = false;
  // Once the caller has hung up: a server that is closed would wait for the response.
  ctx.req.socket.once('end', () => ctx.req.socket.destroy());
};

/** Hangs up. */
export const reset: Middleware = (ctx) => {
  ctx.respond = false;
  (ctx.req.socket as { resetAndDestroy?: () => void }).resetAndDestroy?.();
};

/** Responds with this in the service's place. */
export function respond(status: number, body: string, headers: Record<string, string> = {}): Middleware {
  return (ctx) => {
    ctx.status = status;
    ctx.body = body;
    ctx.type = 'application/json';
    ctx.set(headers);
  };
}

/** Promises more than it sends. */
export function truncate(body: string): Middleware {
  return (ctx) => {
    ctx.respond = false;
    ctx.res.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length + 100) });
    ctx.res.write(body, () => ctx.req.socket.destroy());
  };
}

/** Lets the undos and the queries through as they are. */
export function onlyPosts(interference: Middleware): Middleware {
  return (ctx, next) => (ctx.method === 'POST' ? interference(ctx, next) : next());
}

/** Interferes with so many calls, then no more. */
export function onlyFirst(count: number, interference: Middleware): Middleware {
  let left = count;
  return (ctx, next) => (left-- > 0 ? interference(ctx, next) : next());
}

/** Does its work and loses the response. */
export const loseResponse: Middleware = async (ctx, next) => {
  await next();
  await reset(ctx, next);
};

/** Responds, or begins its work, so much later. */
export function slow(ms: number, when: 'before' | 'after'): Middleware {
  const wait = () => new Promise((resolve) => setTimeout(resolve, ms));
  return async (_ctx, next) => {
    if (when === 'before') await wait();
    await next();
    if (when === 'after') await wait();
  };
}

/** Holds calls up until they are released: before the service has begun its work, or after it has done it. */
export function createHold() {
  const released = Promise.withResolvers<void>();
  let held = 0;
  const wait = async (ctx: Context) => {
    held += 1;
    await released.promise;
    // The caller may be long gone.
    if (ctx.req.socket.destroyed) ctx.respond = false;
  };
  const before: Middleware = async (ctx, next) => {
    await wait(ctx);
    await next();
  };
  const after: Middleware = async (ctx, next) => {
    await next();
    await wait(ctx);
  };
  return { before, after, held: () => held, release: () => released.resolve() };
}

const PAYMENT_ID = '7f3f0f6e-52a5-4b8e-9f57-3f1d9a3f0c11';

/** A payment service whose gateway asks the cardholder, who decides when the test does. */
export function createUndecidedPayment() {
  let payment: Record<string, unknown> = {
    payment_status: 'requires_action',
    payment_id: PAYMENT_ID,
    next_action: { type: 'redirect', url: 'https://bank.example/confirm' },
  };
  const answer: Middleware = (ctx, next) => {
    const isRefund = ctx.method === 'PUT';
    if (isRefund) payment = { payment_status: payment.payment_status === 'settled' ? 'refunded' : 'voided' };
    return respond(ctx.method === 'POST' ? 202 : 200, JSON.stringify(payment))(ctx, next);
  };
  return {
    answer,
    decide(status: 'settled' | 'declined' | 'voided'): void {
      payment = { payment_status: status, payment_id: PAYMENT_ID };
    },
    status: () => payment.payment_status,
  };
}
