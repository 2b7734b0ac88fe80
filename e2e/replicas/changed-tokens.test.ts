import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signWebhook, temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { startReceiver } from '../../appointment/test/webhooks/receiver.ts';
import { WEBHOOK_SECRET as GATEWAYS } from '../../payment/test/payment-service.ts';
import { auditStack } from '../../scripts/audit-stack.ts';
import { BACKEND_NAMES, type BackendName, mapServices, settingOf } from '../../services.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';
import { createSteadyFlow } from '../src/replicas/steady-flow.ts';

const [OLD, TOKEN] = ['the-old-token', mapServices(BACKEND_NAMES, (name) => `the-${name}-token`)];

test('When the tokens of all backends are changed under a steady flow of bookings, Then every one is confirmed', {
  timeout: 300_000,
}, async () => {
  await using stack = await startReplicaStack({ orchestrators: 2, env: { SERVICE_TOKEN: OLD } });
  const flow = createSteadyFlow(stack);
  const own = (name: BackendName) => ({ SERVICE_TOKEN: `${OLD},${TOKEN[name]}` });
  const last = (name: BackendName) => ({ SERVICE_TOKEN: TOKEN[name] });

  await flow.replace(BACKEND_NAMES, own);
  await flow.replace(['appointment'], () => ({
    SERVICE_TOKEN: '',
    ...Object.fromEntries(BACKEND_NAMES.map((name) => [settingOf(name, 'TOKEN'), `${TOKEN[name]},${OLD}`])),
  }));
  await flow.replace(BACKEND_NAMES, last);

  expect(await flow.end()).toEqual([]);
  for (const name of BACKEND_NAMES) {
    const response = await fetch(`${stack.addresses[name]}/docs`, { headers: { authorization: `Bearer ${OLD}` } });
    expect([name, response.status]).toEqual([name, 401]);
  }
  expect((await auditStack({ ...stack.addresses, tokens: TOKEN })).passed).toBe(true);
});

const secretOf = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
const [RECEIVERS, NEXT_OF_RECEIVER, NEXT_OF_GATEWAY] = [secretOf('R'), secretOf('S'), secretOf('H')];
const CLIENT = { old: 'the-old-token-of-a-client', next: 'the-next-token-of-a-client' };
const NEXT_OPERATOR = 'the-next-operator-of-the-tests';

const shopWith = (token: string) => {
  return { id: 'shop', role: 'client', tokenSha256: createHash('sha256').update(token).digest('hex') };
};

/** What a route responds to a token. */
const statusOf = async (url: string, token: string) =>
  (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;

/** What the payment service responds to an event about a payment that nobody knows: 404 where it takes the signature. */
async function eventStatus(url: string, secret: string): Promise<number> {
  const body = JSON.stringify({ type: 'charge.settled', data: { reference: 'nobody-knows' } });
  const headers = signWebhook({ secret, id: `event-${Math.random()}`, body });
  return (await fetch(`${url}/payment/gateway-events`, { method: 'POST', headers, body })).status;
}

test('When the tokens of a client and of the operator, and all that signs webhooks, are changed, Then every booking is confirmed', {
  timeout: 300_000,
}, async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver({ secret: RECEIVERS, next: NEXT_OF_RECEIVER });
  const [accessFile, webhooksFile] = [join(folder.path, 'access.json'), join(folder.path, 'webhooks.json')];
  const allow = (...tokens: string[]) => writeFileSync(accessFile, JSON.stringify(tokens.map(shopWith)));
  const signWith = (secret: string) => writeFileSync(webhooksFile, JSON.stringify([{ url: receiver.url, secret }]));
  allow(CLIENT.old);
  signWith(RECEIVERS);
  const webhooks = { WEBHOOKS_FILE: webhooksFile, WEBHOOK_ALLOW_PRIVATE: 'true' };
  await using stack = await startReplicaStack({ orchestrators: 2, env: { ...webhooks, ACCESS_FILE: accessFile } });
  const orchestrators = stack.orchestrators.map(({ url }) => `${url}/bookings/none`);
  // Each until it does so for the first time: more wrong tokens than a few are responded to with 429.
  const everywhere = (token: string, status: number) =>
    Promise.all(
      orchestrators.map((url) => waitUntil(`${status} of ${url}`, async () => (await statusOf(url, token)) === status)),
    );
  let token = CLIENT.old;
  const flow = createSteadyFlow(stack, () => token);

  allow(CLIENT.old, CLIENT.next);
  await everywhere(CLIENT.next, 404);
  token = CLIENT.next;
  await flow.goesOn();
  allow(CLIENT.next);
  await everywhere(CLIENT.old, 401);

  const gateway = { PAYMENT_GATEWAY_TOKEN: 'the-next-token-of-the-gateway' };
  await flow.replace(['payment'], () => ({ ...gateway, PAYMENT_GATEWAY_WEBHOOK_SECRET_NEXT: NEXT_OF_GATEWAY }));
  for (const { url } of stack.payments) {
    expect([await eventStatus(url, GATEWAYS), await eventStatus(url, NEXT_OF_GATEWAY)]).toEqual([404, 404]);
  }
  await flow.replace(['payment'], () => ({ ...gateway, PAYMENT_GATEWAY_WEBHOOK_SECRET: NEXT_OF_GATEWAY }));

  signWith(NEXT_OF_RECEIVER);
  await flow.replace(['appointment'], () => ({ OPERATOR_TOKEN: NEXT_OPERATOR }));

  expect(await flow.end()).toEqual([]);
  for (const { url } of stack.payments) {
    expect([await eventStatus(url, GATEWAYS), await eventStatus(url, NEXT_OF_GATEWAY)]).toEqual([401, 404]);
  }
  const { operatorToken: old = '', ...addresses } = stack.addresses;
  expect([
    await statusOf(orchestrators[0] as string, old),
    await statusOf(orchestrators[0] as string, NEXT_OPERATOR),
  ]).toEqual([401, 404]);
  expect(receiver.received.length).toBeGreaterThan(20);
  expect(receiver.received.every(({ verified }) => verified)).toBe(true);
  expect((await auditStack({ ...addresses, operatorToken: NEXT_OPERATOR })).passed).toBe(true);
});
