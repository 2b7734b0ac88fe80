import { expect, test } from 'vitest';
import { auditStack } from '../../scripts/audit-stack.ts';
import { BACKEND_NAMES } from '../../services.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';
import { createSteadyFlow } from '../src/replicas/steady-flow.ts';

const [OLD, TOKEN] = ['the-old-token', { reservation: 'the-reservation-token', payment: 'the-payment-token' }];

test('When the tokens of both backends are changed under a steady flow of bookings, Then every one is confirmed', {
  timeout: 300_000,
}, async () => {
  await using stack = await startReplicaStack({ orchestrators: 2, env: { SERVICE_TOKEN: OLD } });
  const flow = createSteadyFlow(stack);
  const own = (name: 'reservation' | 'payment') => ({ SERVICE_TOKEN: `${OLD},${TOKEN[name]}` });
  const last = (name: 'reservation' | 'payment') => ({ SERVICE_TOKEN: TOKEN[name] });

  await flow.replace(BACKEND_NAMES, own);
  await flow.replace(['appointment'], () => ({
    SERVICE_TOKEN: '',
    RESERVATION_TOKEN: `${TOKEN.reservation},${OLD}`,
    PAYMENT_TOKEN: `${TOKEN.payment},${OLD}`,
  }));
  await flow.replace(BACKEND_NAMES, last);

  expect(await flow.end()).toEqual([]);
  for (const name of BACKEND_NAMES) {
    const response = await fetch(`${stack.addresses[name]}/docs`, { headers: { authorization: `Bearer ${OLD}` } });
    expect([name, response.status]).toEqual([name, 401]);
  }
  expect((await auditStack({ ...stack.addresses, tokens: TOKEN })).passed).toBe(true);
});
