import { envField } from '@appointments/chassis';
import { z } from 'zod';
import { readListFile } from '../read-list-file.ts';
import { WEBHOOK_EVENTS, type WebhookEvent } from './events.ts';
import { isPublicHost } from './public-address.ts';

/** Where events go. */
export interface WebhookEndpoint {
  /** As `URL` writes it. */
  url: string;
  /** `whsec_` and 24 to 64 bytes in base64. */
  secret: string;
  events: readonly WebhookEvent[];
}

const hasNoUser = (url: string) => URL.parse(url)?.username === '' && URL.parse(url)?.password === '';
const isHttps = (url: string) => URL.parse(url)?.protocol === 'https:';

const endpointSchema = (allowPrivate: boolean) =>
  z.strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an https URL', abort: true })
      .refine(hasNoUser, 'must have neither user nor password')
      .refine((url) => allowPrivate || isHttps(url), 'must be an https URL unless WEBHOOK_ALLOW_PRIVATE is true')
      .refine(
        (url) => allowPrivate || isPublicHost(url),
        'must not be a private address unless WEBHOOK_ALLOW_PRIVATE is true',
      )
      .transform((url) => new URL(url).href),
    secret: envField.webhookSecret,
    events: z
      .array(z.enum(WEBHOOK_EVENTS, `must be one of ${WEBHOOK_EVENTS.join(', ')}`))
      .min(1)
      .default([...WEBHOOK_EVENTS]),
  });

// A delivery finds its secret by the URL.
const hasEachUrlOnce = (endpoints: ReadonlyArray<{ url: string }>) =>
  new Set(endpoints.map(({ url }) => url)).size === endpoints.length;

/**
 * Reads the receivers of webhooks from a JSON file: a list of `{url, secret, events?}`, all events where they are left out.
 *
 * @param allowPrivate whether http and private addresses will do
 * @throws ConfigError with a JSON pointer to every place in the file that does not fit, or that it cannot be read
 */
export function readWebhookEndpoints(file: string, allowPrivate: boolean): WebhookEndpoint[] {
  const schema = z.array(endpointSchema(allowPrivate)).refine(hasEachUrlOnce, 'has a URL twice');
  return readListFile(file, schema);
}
