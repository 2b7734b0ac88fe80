/**
 * Preloaded into the orchestrator (`node --import`): ends the process the way SIGKILL does after its first commit since
 * a cancellation came in with the request id `strike`. By then the cancellation is written and no undo has begun.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

let armed = false;

subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage };
  armed ||= request.method === 'PUT' && request.headers['x-request-id'] === 'strike';
});

const dieWhereArmed = () => armed && process.kill(process.pid, 'SIGKILL');

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function execAndDie(sql) {
  exec.call(this, sql);
  if (sql === 'COMMIT') dieWhereArmed();
};

const { prototype } = pg.Client as unknown as {
  prototype: { query(this: pg.Client, ...query: unknown[]): Promise<unknown> };
};
const { query } = prototype;
prototype.query = function queryAndDie(...parameters) {
  const result = query.apply(this, parameters);
  return parameters[0] === 'COMMIT' ? result.finally(dieWhereArmed) : result;
};
