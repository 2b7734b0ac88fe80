import { z } from 'zod';
import { readListFile } from '../read-list-file.ts';

/** Clients book, and see and cancel what they booked; viewers see all and change nothing; operators may do everything. */
export const ROLES = ['client', 'viewer', 'operator'] as const;

export type Role = (typeof ROLES)[number];

/** Who a token belongs to. */
export interface Caller {
  /** As it stands in the history of bookings. */
  id: string;
  role: Role;
  /** The SHA-256 of the token, in hexadecimal. */
  tokenSha256: string;
  /** When the token stops to open anything, in milliseconds since the epoch. */
  expires?: number | undefined;
}

/** The name of the one who holds OPERATOR_TOKEN. */
export const OPERATOR = 'operator';

const entry = z.strictObject({
  id: z
    .string()
    .regex(/^[\w.@+-]{1,64}$/, 'must have 1 to 64 letters, digits and . _ @ + -')
    .refine((id) => id !== OPERATOR, 'must not be operator, which is who holds OPERATOR_TOKEN'),
  role: z.enum(ROLES, `must be one of ${ROLES.join(', ')}`),
  tokenSha256: z.string().regex(/^[\da-f]{64}$/, 'must be a SHA-256 in lower-case hexadecimal'),
  expires: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' })
    .transform((time) => Date.parse(time))
    .optional(),
});

const list = z
  .array(entry, 'must be a list')
  .refine(hasOneRoleEach, 'has an id with two roles')
  .refine((entries) => hasEachOnce(entries.map(({ tokenSha256 }) => tokenSha256)), 'has a token twice');

/** An id may be there twice, with the old token and with the new one, while its token is changed. */
function hasOneRoleEach(entries: ReadonlyArray<Pick<Caller, 'id' | 'role'>>): boolean {
  const roles = new Map(entries.map(({ id, role }) => [id, role]));
  return entries.every(({ id, role }) => roles.get(id) === role);
}

const hasEachOnce = (values: readonly string[]) => new Set(values).size === values.length;

/**
 * Reads who may do what from a JSON file: a list of `{id, role, tokenSha256, expires?}`.
 *
 * @throws ConfigError with a JSON pointer to every place in the file that does not fit, or that it cannot be read
 */
export function readAccessFile(file: string): readonly Caller[] {
  return readListFile(file, list);
}
