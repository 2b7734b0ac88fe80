import { envField } from '@appointments/chassis';
import { z } from 'zod';

// Within less no call can ever end well.
const LEAST_CALL_MS = 50;

/** The settings that say where cards are charged. */
export const gatewayFields = {
  NODE_ENV: z.string().optional(),
  PAYMENT_GATEWAY: z.enum(['sandbox', 'http'], 'must be sandbox or http').optional(),
  PAYMENT_GATEWAY_URL: envField.httpUrl
    .refine(keepsCardsPrivate, 'must be https, but for a loopback address or a name without dots')
    .optional(),
  PAYMENT_GATEWAY_TOKEN: envField.secretToken.optional(),
  GATEWAY_TIMEOUT_MS: envField.milliseconds(1_500, LEAST_CALL_MS),
};

type GatewaySettings = Partial<Record<keyof typeof gatewayFields, unknown>>;

interface Rule {
  name: keyof typeof gatewayFields;
  message: string;
  holds(settings: GatewaySettings): boolean;
}

// A sandbox that was taken for a gateway lets everybody in for free, so nothing but development has it unasked.
const RULES: readonly Rule[] = [
  {
    name: 'PAYMENT_GATEWAY',
    message: 'must be chosen where NODE_ENV is production: sandbox, which moves no money, or http',
    holds: ({ NODE_ENV, PAYMENT_GATEWAY }) => NODE_ENV !== 'production' || PAYMENT_GATEWAY !== undefined,
  },
  {
    name: 'PAYMENT_GATEWAY_URL',
    message: 'must be set where PAYMENT_GATEWAY is http',
    holds: ({ PAYMENT_GATEWAY, PAYMENT_GATEWAY_URL }) =>
      PAYMENT_GATEWAY !== 'http' || PAYMENT_GATEWAY_URL !== undefined,
  },
  {
    name: 'PAYMENT_GATEWAY_URL',
    message: 'must not be set where PAYMENT_GATEWAY is sandbox',
    holds: ({ PAYMENT_GATEWAY, PAYMENT_GATEWAY_URL }) =>
      PAYMENT_GATEWAY !== 'sandbox' || PAYMENT_GATEWAY_URL === undefined,
  },
  {
    name: 'PAYMENT_GATEWAY_TOKEN',
    message: 'must not be set without PAYMENT_GATEWAY_URL',
    holds: ({ PAYMENT_GATEWAY_URL, PAYMENT_GATEWAY_TOKEN }) =>
      PAYMENT_GATEWAY_TOKEN === undefined || PAYMENT_GATEWAY_URL !== undefined,
  },
];

/** The same schema, which refuses settings of the gateway that contradict each other, whatever else is wrong. */
export function withGatewayRules<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>): z.ZodObject<Shape> {
  return RULES.reduce(
    (refined, { name, message, holds }) =>
      refined.refine((settings) => holds(settings as GatewaySettings), { path: [name], message, when: () => true }),
    schema,
  );
}

/** Whether nobody on the way reads what is sent there, as far as the address can tell. */
function keepsCardsPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(127\.[\d.]+|\[::1\]|[^.:[\]]+)$/.test(hostname);
}
