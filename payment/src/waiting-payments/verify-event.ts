import { defineProblem } from '@appointments/chassis';
import { Webhook } from 'standardwebhooks';

// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#verifying-webhook-authenticity
const TOLERANCE_SECONDS = 300;
const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

export const badSignature = defineProblem({
  status: 401,
  code: 'bad_signature',
  detail: 'The event is not signed with a secret of this service.',
});

export const staleEvent = defineProblem({
  status: 400,
  code: 'stale_event',
  detail: 'webhook-timestamp is not within 5 minutes of now.',
});

/**
 * Makes what verifies events as Standard Webhooks 1.0 has them.
 *
 * @param secrets `whsec_…`; more than one while they are changed, and without any no event is taken
 */
export function createEventVerifier(secrets: readonly string[]) {
  const webhooks = secrets.map((secret) => new Webhook(secret));

  /**
   * @param header reads a header, empty where there is none
   * @param body as it came
   * @returns the event's `webhook-id`
   * @throws Problem 401 `bad_signature`, 400 `stale_event`
   */
  return function verifyEvent(header: (name: string) => string, body: string): string {
    const headers = Object.fromEntries(HEADERS.map((name) => [name, header(name)]));
    const age = Date.now() / 1_000 - Number(header('webhook-timestamp'));
    if (header('webhook-timestamp') !== '' && Math.abs(age) > TOLERANCE_SECONDS) throw staleEvent();
    if (!webhooks.some((webhook) => verifies(webhook, body, headers))) throw badSignature();
    return header('webhook-id');
  };
}

function verifies(webhook: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
