import { assertBearerToken, type RouteGuard, unauthorized } from '@appointments/chassis';
import { operatorTokenNotSet } from './problems.ts';

/**
 * Lets only operators through. There is no default token: without one these routes are shut, with 403
 * `operator_token_not_set`; another token gets 401 `unauthorized`.
 */
export function operatorGuard(token: string | undefined): RouteGuard {
  return {
    scheme: 'operatorToken',
    problems: [unauthorized, operatorTokenNotSet],
    async middleware(ctx, next) {
      if (!token) throw operatorTokenNotSet();
      assertBearerToken(ctx, token, 'This route asks for the operator token.');
      await next();
    },
  };
}
