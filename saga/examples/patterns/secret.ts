import { abandon, defineSaga, defineStep, type Saga, type StepCall } from '../../src/index.ts';

export interface Vault {
  /** Exchanges a card for a token that is worthless to anyone else. */
  deposit(id: string, card: string, signal: AbortSignal): Promise<{ token: string }>;
  forget(id: string, signal: AbortSignal): Promise<void>;
  charge(id: string, token: string, fee: string, signal: AbortSignal): Promise<{ receipt: string }>;
  refund(id: string, signal: AbortSignal): Promise<void>;
}

/** Declares a payment a day later. The first step exchanges the secret, which does not outlive a wait or a crash. */
export function definePayLater(vault: Vault) {
  const deposit = defineStep('deposit', {
    run: ({ id, secret, signal }: StepCall<null, string>) => vault.deposit(id, secret.value, signal),
    recover: abandon,
    undo: ({ id, signal }) => vault.forget(id, signal),
  });
  const charge = defineStep('charge', {
    run: ({ id, input, signal }: StepCall<{ token: string; fee: string }>) =>
      vault.charge(id, input.token, input.fee, signal),
    undo: ({ id, signal }) => vault.refund(id, signal),
  });

  return defineSaga('pay-later', {
    steps: [deposit, charge],
    async run(saga: Saga<string>, { fee }: { fee: string }) {
      const { token } = await saga.step(deposit, null);
      await saga.sleep('a day', '1d');
      return saga.step(charge, { token, fee });
    },
  });
}
