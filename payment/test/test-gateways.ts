import type { ChargeDecision, ChargeResult, PaymentGateway } from '../src/gateway.ts';
import { gatewayUnavailable } from '../src/problems.ts';

/** A gateway whose charges end when, and as, the test says; it lists its calls. */
export function createHeldGateway() {
  const { promise: result, resolve: resolveCharge, reject: failCharge } = Promise.withResolvers<ChargeResult>();
  const asked: string[] = [];
  const gateway: PaymentGateway = {
    charge: ({ reference }) => {
      asked.push(`charge ${reference}`);
      return result;
    },
    find: async () => undefined,
    reverse: async (reference) => {
      asked.push(`reverse ${reference}`);
    },
  };
  return { gateway, asked, resolveCharge, failCharge };
}

/** A gateway with one result for every charge, which can be made to fail. */
export function createBreakableGateway(result: ChargeResult = { status: 'settled' }) {
  const state = {
    chargeFails: false,
    reverseFails: false,
    asked: [] as string[],
    decided: undefined as ChargeDecision | undefined,
  };
  const gateway: PaymentGateway = {
    charge: async ({ reference }) => {
      state.asked.push(`charge ${reference}`);
      if (state.chargeFails) throw gatewayUnavailable();
      return result;
    },
    find: async (reference) => {
      state.asked.push(`find ${reference}`);
      return state.decided;
    },
    reverse: async (reference, amount) => {
      state.asked.push(`reverse ${reference} ${amount}`);
      if (state.reverseFails) throw gatewayUnavailable();
    },
  };
  return Object.assign(state, { gateway });
}
