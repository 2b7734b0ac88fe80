import { labelRequest } from '../telemetry/request-context.ts';
import { referenceParam } from './fields.ts';
import { parseInput } from './middleware/validate.ts';

/**
 * Reads the caller's reference out of the path, and names the request's log lines by it, as an `Idempotency-Key` does.
 *
 * @param params the route's parameters
 * @throws Problem 400 `invalid_input`
 */
export function readReference(params: unknown): string {
  const { reference } = parseInput(referenceParam, params);
  labelRequest('reference', reference);
  return reference;
}
