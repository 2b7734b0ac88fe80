import { abandon, defineSaga, defineStep, type FailureTraits, type StepCall } from '../../src/index.ts';

/** Peers of which two have a second effect when they are called a second time. */
export interface Peers {
  /** Uses up a code that was sent to a telephone. @throws Refusal `wrong_code`, Unclear */
  redeem(code: string): Promise<void>;
  /** @throws Refusal `declined`, Unclear */
  charge(id: string, fee: string): Promise<{ receipt: string }>;
  /** @returns undefined where there is no charge of that reference */
  findCharge(id: string): Promise<{ receipt: string } | undefined>;
  refund(id: string): Promise<void>;
  /** Knows its callers' ids: a parcel that has left is found and not sent again. Nothing brings it back. */
  dispatch(id: string): Promise<{ parcel: string }>;
}

/** The response is lost: it may have happened, and is not to be tried again. */
export class Unclear extends Error implements FailureTraits {
  readonly code = 'unclear';
  readonly noSideEffect = false;
  readonly retryable = false;
}

type Order = { fee: string; code: string };

/** Declares a purchase, of whose steps neither a failure nor a crash repeats one that must not run twice. */
export function definePurchase(peers: Peers) {
  // After a crash in the middle the saga is rolled back.
  const redeem = defineStep('redeem', {
    run: ({ input }: StepCall<{ code: string }>) => peers.redeem(input.code),
    recover: abandon,
  });
  // After a crash in the middle the peer is asked what became of it. The undo comes in any case but a `Refusal`.
  const charge = defineStep('charge', {
    run: ({ id, input }: StepCall<{ fee: string }>) => peers.charge(id, input.fee),
    recover: ({ id }) => peers.findCharge(id),
    undo: ({ id }) => peers.refund(id),
  });
  // Nothing undoes it, so it comes after all that can be refused.
  const dispatch = defineStep('dispatch', {
    run: ({ id }: StepCall<null>) => peers.dispatch(id),
    pivot: true,
  });

  return defineSaga('purchase', {
    steps: [redeem, charge, dispatch],
    async run(saga, { fee, code }: Order) {
      await saga.step(redeem, { code });
      const { receipt } = await saga.step(charge, { fee });
      const { parcel } = await saga.step(dispatch, null);
      return { receipt, parcel };
    },
  });
}
