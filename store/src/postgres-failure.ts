// PostgreSQL, appendix A: connection exceptions, shutdowns, too many connections, a session that was opened while the server
// took no writes, serialization failures and deadlocks.
const RETRYABLE = /^(08...|57P0[1235]|53300|25006|40001|40P01)$/;
// No room on disk or in memory, I/O errors, corrupt data, a login or a database that is gone: no query is to blame.
const TROUBLE = /^(53...|58...|28...|3D000|57P04|XX00[12])$/;
const TIMEOUT = /^(57014|25P03|25P04|55P03)$/;
const NETWORK =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_|EADDRNOTAVAIL|EMFILE|ENFILE|ENOBUFS)/;
// Errors of pg and pg-pool themselves, which have no code.
const DRIVER =
  /^(Connection terminated|timeout exceeded|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed)/;

/** The server is a standby, or was told to take no writes. */
export class NoWrites extends Error {
  override name = 'NoWrites';

  constructor() {
    super('the server takes no writes');
  }
}

/** PostgreSQL's code of an error; empty where the error is not one of the server's, which alone have a severity. */
function sqlStateOf(error: unknown): string {
  const { code, severity } = (error ?? {}) as { code?: string; severity?: string };
  return severity === undefined ? '' : (code ?? '');
}

/** Whether the server, or the way to it, failed, rather than the query. */
export function isConnectionFailure(error: unknown): boolean {
  const sqlState = sqlStateOf(error);
  if (error instanceof NoWrites) return true;
  if (sqlState !== '') return RETRYABLE.test(sqlState) || TIMEOUT.test(sqlState);
  const { code, message = '' } = (error ?? {}) as { code?: string; message?: string };
  return code === undefined ? DRIVER.test(message) : NETWORK.test(code);
}

/** Whether the server says that it cannot do its work. */
export const isTrouble = (error: unknown): boolean => TROUBLE.test(sqlStateOf(error));

// A statement that is unknown, or that is there already.
const OF_LENT_CONNECTION = /^(26000|42P05)$/;

/** Whether connections do not keep what is prepared on them: a pooler lends them. */
export const isOfLentConnection = (error: unknown): boolean => OF_LENT_CONNECTION.test(sqlStateOf(error));

/**
 * Whether a statement was prepared by name and is no longer what it was: what it returns has changed with its table, or its
 * connection was lent.
 */
export const isStaleStatement = (error: unknown): boolean =>
  isOfLentConnection(error) || (sqlStateOf(error) === '0A000' && routineOf(error) === 'RevalidateCachedQuery');

// The message depends on the server's language; the place in its source does not.
const routineOf = (error: unknown): unknown => (error as { routine?: unknown }).routine;

/** Whether work is to be run again on another connection, and the one that it was on is not to be used again. */
export const needsOtherConnection = (error: unknown): boolean => isConnectionFailure(error) || isStaleStatement(error);

/** Whether a statement failed only because one before it in its transaction had. */
export const isOfFailedTransaction = (error: unknown): boolean => sqlStateOf(error) === '25P02';

/** Whether one of the server's timeouts ended the query. */
export const isTimeout = (error: unknown): boolean => TIMEOUT.test(sqlStateOf(error));
