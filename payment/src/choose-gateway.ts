import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import type { PaymentGateway } from './gateway.ts';
import { createHttpGateway } from './http-gateway.ts';
import type { PaymentDatabase } from './payment-store.ts';
import { createSandboxGateway } from './sandbox/sandbox-gateway.ts';

export interface ChosenGateway {
  gateway: PaymentGateway;
  /** What it signs its events with, `whsec_…`. */
  webhookSecrets: string[];
  /** Whether its cardholders decide on pages of this service. */
  isSandbox: boolean;
}

const SECRET_BYTES = 24;

/** The gateway at `PAYMENT_GATEWAY_URL`, or the sandbox where there is none. */
export function chooseGateway(config: Config, database: PaymentDatabase): ChosenGateway {
  const {
    PAYMENT_GATEWAY_URL: baseUrl,
    PAYMENT_GATEWAY_TOKEN: token,
    GATEWAY_TIMEOUT_MS: timeoutMs,
    PUBLIC_URL,
  } = config;
  const { PAYMENT_GATEWAY_WEBHOOK_SECRET: secret, PAYMENT_GATEWAY_WEBHOOK_SECRET_NEXT: next } = config;
  const webhookSecrets = [secret, next].filter((known) => known !== undefined);
  if (baseUrl) return { gateway: createHttpGateway({ baseUrl, token, timeoutMs }), webhookSecrets, isSandbox: false };
  // The sandbox signs what this process verifies, so a secret of its own will do.
  if (webhookSecrets.length === 0) webhookSecrets.push(`whsec_${randomBytes(SECRET_BYTES).toString('base64')}`);
  const publicUrl = (PUBLIC_URL ?? `http://127.0.0.1:${config.PORT}`).replace(/\/+$/, '');
  return { gateway: createSandboxGateway({ database, publicUrl }), webhookSecrets, isSandbox: true };
}
