import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import { referenceField } from '../http/fields.ts';
import { matchedRoute } from '../http/matched-route.ts';
import { labelRequest } from '../telemetry/request-context.ts';
import { fingerprintOf, type IdempotentRequest } from './idempotent-request.ts';
import { invalidIdempotencyKey } from './problems.ts';

/** What `idempotencyKey` leaves for the handler. */
export interface IdempotencyState {
  idempotency: IdempotentRequest;
  /** Whether the client sent the key, or the service made one for this request alone. */
  idempotencyKeyGiven: boolean;
}

// The IETF draft makes the field a structured string, which is quoted; most clients send it bare.
const QUOTED = /^"(.*)"$/;
const reference = referenceField();

/**
 * Reads the `Idempotency-Key` header, quoted or bare, or generates a key where there is none. Comes after `validate`, so that
 * an input that does not fit never takes a key.
 *
 * @param identify what of the input makes one request differ from another, without anything that must not be kept: a
 * card number in its masked form
 * @throws Problem 400 `invalid_idempotency_key`
 */
export function idempotencyKey<Input>(
  identify: (input: Input) => unknown,
): Middleware<IdempotencyState & { input: Input }> {
  return async function idempotencyKey(ctx, next) {
    const header = ctx.get('idempotency-key').trim();
    const key = QUOTED.exec(header)?.[1] ?? header;
    ctx.state.idempotencyKeyGiven = ctx.req.headers['idempotency-key'] !== undefined;
    if (ctx.state.idempotencyKeyGiven) assertAcceptable(key);
    ctx.state.idempotency = new KeyedRequest(
      ctx.state.idempotencyKeyGiven ? key : randomUUID(),
      matchedRoute(ctx),
      () => [ctx.method, identify(ctx.state.input)],
    );
    if (ctx.state.idempotencyKeyGiven) labelRequest('reference', key);
    await next();
  };
}

class KeyedRequest implements IdempotentRequest {
  readonly key: string;
  readonly route: string;
  readonly #identify: () => unknown;

  constructor(key: string, route: string, identify: () => unknown) {
    this.key = key;
    this.route = route;
    this.#identify = identify;
  }

  /** Made where it is asked for: not every service wants it for a key that it made itself. */
  get fingerprint(): string {
    return fingerprintOf(this.#identify());
  }
}

function assertAcceptable(key: string): void {
  const message = reference.safeParse(key).error?.issues[0]?.message;
  if (message === undefined) return;
  throw invalidIdempotencyKey({
    detail: `Idempotency-Key ${message}.`,
    errors: [{ pointer: 'Idempotency-Key', message }],
  });
}
