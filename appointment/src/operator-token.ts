import { holdsBearerToken, Problem } from '@appointments/chassis';
import type { Middleware } from 'koa';

/**
 * Lets only operators through. There is no default token: without one these routes are shut.
 *
 * @throws Problem 403 `operator_token_not_set`, 401 `unauthorized`
 */
export function operatorToken(token: string | undefined): Middleware {
  return async function operatorToken(ctx, next) {
    if (!token) {
      throw new Problem(403, 'operator_token_not_set', { detail: 'Set OPERATOR_TOKEN to open the operator routes.' });
    }
    if (!holdsBearerToken(ctx.get('authorization'), token)) {
      throw new Problem(401, 'unauthorized', {
        detail: 'This route asks for the operator token.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    await next();
  };
}
