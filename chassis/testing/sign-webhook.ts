import { Webhook } from 'standardwebhooks';

export interface SignedWebhook {
  /** `whsec_…` */
  secret: string;
  id: string;
  body: string;
  /** Now where it is left out. */
  at?: Date;
}

/** The headers of a webhook as Standard Webhooks 1.0 has them, made by its reference library. */
export function signWebhook({ secret, id, body, at = new Date() }: SignedWebhook): Record<string, string> {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}
