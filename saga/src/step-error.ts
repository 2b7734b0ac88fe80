import { Refusal, StepFailed } from './errors.ts';
import type { StepRecord } from './record.ts';

/** What the function catches: the same in the run in which the step failed and in every replay. */
export function toStepError({ name, code, data = null, refused }: StepRecord, cause?: unknown): Error {
  const from = cause === undefined ? {} : { cause };
  const because = code ?? 'unexpected_error';
  return refused
    ? new Refusal(because, data, { step: name, ...from })
    : new StepFailed({ step: name, code: because, data }, from);
}
