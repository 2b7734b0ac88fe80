import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@appointments/chassis/testing';
import type { Role } from '../../src/access/access-file.ts';
import { type StackOptions, startStack } from '../appointment-stack.ts';

export const OPERATOR_TOKEN = 'an-operator-token-nobody-guesses';

/** The tokens of those who are in the access file, and of two that are not let in. */
export const TOKENS = {
  client: 'the-token-of-a-client',
  'other client': 'the-token-of-another-client',
  viewer: 'the-token-of-a-viewer',
  operator: 'the-token-of-an-operator',
  expired: 'a-token-that-has-expired',
  wrong: 'a-token-that-is-nobodys',
};

export type Holder = keyof typeof TOKENS;

const ROLE: Partial<Record<Holder, Role>> = {
  client: 'client',
  'other client': 'client',
  viewer: 'viewer',
  operator: 'operator',
  expired: 'operator',
};

/** The id in the access file. */
export const idOf = (holder: Holder): string => `${holder.replace(' ', '-')}@example`;

/** What a holder has in the access file. */
export const entryOf = (holder: Holder) => ({
  id: idOf(holder),
  role: ROLE[holder],
  tokenSha256: createHash('sha256').update(TOKENS[holder]).digest('hex'),
  ...(holder === 'expired' && { expires: '2026-01-01T00:00:00Z' }),
});

export const as = (holder: Holder) => ({ authorization: `Bearer ${TOKENS[holder]}` });

const LISTED = (Object.keys(ROLE) as Holder[]).map(entryOf);

/** A stack where who books has to say who they are. */
export async function startGuardedStack(options: StackOptions = {}) {
  const folder = temporaryFolder();
  const accessFile = join(folder.path, 'access.json');
  const write = (content: unknown) => writeFileSync(accessFile, JSON.stringify(content));
  write(LISTED);
  const stack = await startStack({ operatorToken: OPERATOR_TOKEN, ...options, accessFile });
  return {
    ...stack,
    accessFile,
    /** Writes another access file in its place. */
    write,
    /** Cancels a booking; the reason may be left out. */
    cancelAs: (holder: Holder, path: string, reason?: string) =>
      stack.call('PUT', `${path}/cancellation`, reason === undefined ? undefined : { reason }, as(holder)),
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
