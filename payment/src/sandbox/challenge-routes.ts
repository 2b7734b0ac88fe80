import { type FormState, formBody, type Html, invalidInput } from '@appointments/chassis';
import Router from '@koa/router';
import type { Context } from 'koa';
import { findPayment, type PaymentDatabase } from '../payment-store.ts';
import { CHALLENGE_POLICY, challengePage, unknownChallengePage } from './challenge-page.ts';
import { decideChallenge, decisionOf, findChallenge } from './challenge-store.ts';
import type { SendSandboxEvent } from './sandbox-events.ts';
import { challengePath } from './sandbox-gateway.ts';

export interface ChallengeRoutesDependencies {
  database: PaymentDatabase;
  sendEvent: SendSandboxEvent;
}

const PATH = challengePath(':paymentId');

/** The pages on which the sandbox's cardholders decide. They are for browsers: in place of a token they have an id that cannot be guessed. */
export function challengeRoutes({ database, sendEvent }: ChallengeRoutesDependencies): Router {
  const router = new Router();
  const find = (paymentId: unknown) => findChallenge(database.read, 'payment_id', String(paymentId));

  router.get(PATH, async (ctx) => {
    const challenge = await find(ctx.params.paymentId);
    const payment = challenge && (await findPayment(database.read, challenge.reference));
    if (challenge && payment) sendPage(ctx, 200, challengePage(payment, challenge));
    else sendPage(ctx, 404, unknownChallengePage());
  });

  router.post<FormState>(PATH, formBody(), async (ctx) => {
    const { decision } = ctx.state.form;
    if (decision !== 'approved' && decision !== 'declined') {
      throw invalidInput({ errors: [{ pointer: '/decision', message: 'must be approved or declined' }] });
    }
    const challenge = await find(ctx.params.paymentId);
    if (challenge) {
      await database.transaction((tables) => decideChallenge(tables, challenge.reference, decision));
      const decided = await find(challenge.payment_id);
      const outcome = decided && decisionOf(decided);
      if (decided?.decision !== 'voided' && outcome) await sendEvent(ctx.req.socket, challenge, outcome);
    }
    // A reload of the page does not send the form again.
    ctx.redirect(ctx.path);
    ctx.status = 303;
  });

  return router;
}

function sendPage(ctx: Context, status: number, page: Html): void {
  ctx.set({ 'content-security-policy': CHALLENGE_POLICY, 'referrer-policy': 'no-referrer' });
  ctx.status = status;
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = page.toString();
}
