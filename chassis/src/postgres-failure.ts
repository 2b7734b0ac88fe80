// PostgreSQL, appendix A: connection exceptions, shutdowns, too many connections, a session that was opened while the server
// took no writes, and what asks to be done once more.
const WORTH_REPEATING = /^(08...|57P0[123]|53300|25006|40001|40P01)$/;
// No room on disk or in memory, I/O errors, a login or a database that is not there any more: no request is to blame.
const TROUBLE = /^(53...|58...|28...|3D000)$/;
const OUT_OF_TIME = /^(57014|25P03|25P04|55P03)$/;

/** Whether the server, or the way to it, failed, rather than the query. */
export function isConnectionFailure(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (WORTH_REPEATING.test(code) || OUT_OF_TIME.test(code)) return true;
  if (/^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL)/.test(code)) return true;
  // What pg and pg-pool themselves throw has no code.
  return /^(Connection terminated|timeout exceeded|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed)/.test(
    message,
  );
}

/** Whether the server says that it cannot do its work. */
export const isTrouble = (error: unknown): boolean => TROUBLE.test((error as { code?: string }).code ?? '');

/** Whether one of the server's time-outs ended the query. */
export const isOutOfTime = (error: unknown): boolean => OUT_OF_TIME.test((error as { code?: string }).code ?? '');
