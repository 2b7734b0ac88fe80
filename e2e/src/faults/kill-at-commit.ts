/**
 * Fault tests preload this into a service (`node --import`), no service imports it: it ends the process with SIGKILL just
 * before or just after a commit, counted from the first request whose request id asks for it.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { STRIKE_VARIABLE } from './strike.ts';

const [when, count, method, requestId] = (process.env[STRIKE_VARIABLE] ?? '').split(' ');
let left = Number.POSITIVE_INFINITY;

subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage };
  if (left !== Number.POSITIVE_INFINITY || request.method !== method) return;
  if (request.headers['x-request-id'] === requestId) left = Number(count);
});

const { exec } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function execOrDie(sql) {
  if (sql !== 'COMMIT') return exec.call(this, sql);
  left -= 1;
  if (left === 0 && when === 'before') process.kill(process.pid, 'SIGKILL');
  exec.call(this, sql);
  if (left === 0) process.kill(process.pid, 'SIGKILL');
};
