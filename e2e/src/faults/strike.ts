/** The usual request id that arms `kill-at-commit.ts`; the orchestrator hands it on to its peers. */
export const STRIKE = 'strike';

/** Says which commit, as in `after 2 POST strike`. */
export const STRIKE_VARIABLE = 'KILL_AT_COMMIT';

/** Where a process ends: at its `nth` commit since the first request with that method that asks for it. */
export interface CommitStrike {
  when: 'before' | 'after';
  nth: number;
  method: 'POST' | 'PUT';
  /** What arms it, where one id is not enough. */
  requestId?: string;
}

/** What a process is started with so that it ends there. */
export function strikeEnvironment({ when, nth, method, requestId = STRIKE }: CommitStrike): NodeJS.ProcessEnv {
  return { [STRIKE_VARIABLE]: `${when} ${nth} ${method} ${requestId}` };
}
