import type { Context, Middleware } from 'koa';
import type { Logger } from '../../telemetry/logger.ts';
import { matchedRoute } from '../matched-route.ts';
import { PROBLEM_MEDIA_TYPE, Problem, problemDocument } from '../problem.ts';
import { internalError, problemOf } from '../problem-kinds.ts';

const CODES: Record<number, string> = {
  404: 'not_found',
  405: 'method_not_allowed',
  501: 'method_not_implemented',
};

function render(ctx: Context, problem: Problem): void {
  const allow = ctx.response.get('allow');
  ctx.status = problem.status;
  ctx.body = JSON.stringify(problemDocument(problem, matchedRoute(ctx)));
  ctx.type = PROBLEM_MEDIA_TYPE;
  ctx.set(problem.headers);
  if (allow) ctx.set('allow', allow);
}

/**
 * The one place where errors become replies: a `Problem` as it is, a store that does not respond as 503
 * `store_unavailable`, a reply without a body by its status, and anything else as a 500 that gives the client only the
 * trace id to find it in the log.
 */
export function problemDetails(logger: Logger): Middleware {
  return async function problemDetails(ctx, next) {
    try {
      await next();
      if (ctx.status >= 400 && ctx.body == null) render(ctx, new Problem(ctx.status, CODES[ctx.status] ?? 'error'));
    } catch (error) {
      const problem = problemOf(error);
      if (problem) {
        if (problem.status >= 500) logger.warn('request refused', { error: problem });
        return render(ctx, problem);
      }
      logger.error('request failed', { error });
      render(ctx, internalError());
    }
  };
}
