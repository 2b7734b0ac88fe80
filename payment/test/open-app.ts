import { openAppParts } from '@appointments/chassis/testing';
import type Koa from 'koa';
import { createPaymentApp } from '../src/app.ts';
import { openPaymentDatabase } from '../src/payment-store.ts';
import { createReversals } from '../src/reversal.ts';
import { createSandboxGateway } from '../src/sandbox/sandbox-gateway.ts';

/** The app over a store in memory, for a look at its routes. */
export async function openApp(): Promise<Koa> {
  const database = await openPaymentDatabase('memory:');
  const gateway = createSandboxGateway({ database, publicUrl: 'https://pay.example' });
  const { app } = await createPaymentApp({
    database,
    gateway,
    reversals: createReversals({ database, gateway, now: Date.now }),
    webhookSecrets: [],
    isSandbox: false,
    notify: async () => {},
    actionTimeoutMs: 900_000,
    ...openAppParts(),
  });
  return app;
}
