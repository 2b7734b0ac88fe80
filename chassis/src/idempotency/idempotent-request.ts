import { hash } from 'node:crypto';

/**
 * A request that may be retried: the client's key, and what distinguishes it from another one with the same key. It is a
 * class so that the compiler refuses to spread it, which would lose the fingerprint where that is made on demand.
 */
export abstract class IdempotentRequest {
  abstract readonly key: string;
  abstract get fingerprint(): string;
  /** The route, for the `instance` of a refusal. */
  abstract readonly route: string;
}

/**
 * A hash over what a request asks for. It must be fed with card numbers already masked: a plain hash of a number with
 * 16 digits is as good as the number (PCI DSS 3.5.1.1).
 */
export function fingerprintOf(parts: unknown): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
