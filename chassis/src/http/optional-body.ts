import { z } from 'zod';

/** Whether the schema of a body takes none as well. */
export const mayBeMissing = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

/** What a body has to be where there is one. */
export const givenBody = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
