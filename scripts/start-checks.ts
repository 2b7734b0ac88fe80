import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { type ServiceName, settingOf } from '../services.ts';
import { makeFolder } from '../store/src/make-folder.ts';

const HOST = process.env.HOST || '127.0.0.1';

/** @throws one sentence with the variable and the path, where the folder cannot be made or written */
export function assertWritable(dataDir: string): void {
  const folder = resolve(dataDir);
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const [why] = (error as Error).message.split(', ');
    throw new Error(`DATA_DIR: ${folder} cannot be used: ${why}`);
  }
}

/** @throws one sentence with the port and the variable that moves it, for each port that cannot be listened on */
export async function assertPortsFree(ports: Record<ServiceName, number>): Promise<void> {
  const problems: string[] = [];
  const takenBy = new Map<number, string>();
  for (const [name, port] of Object.entries(ports)) {
    const variable = settingOf(name as ServiceName, 'PORT');
    const other = takenBy.get(port);
    takenBy.set(port, variable);
    const problem = other ? `is that of ${other} as well` : await whyNotFree(port);
    if (problem) problems.push(`${port} ${problem}; ${variable} moves it`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

async function whyNotFree(port: number): Promise<string | undefined> {
  const server = createServer();
  const listening = Promise.withResolvers<string | undefined>();
  server.once('error', ({ code }: NodeJS.ErrnoException) => {
    // Of everything else, the service itself says what is wrong.
    listening.resolve(WHY[code ?? '']);
  });
  server.listen(port, HOST, () => listening.resolve(undefined));
  const why = await listening.promise;
  if (server.listening) await new Promise((closed) => server.close(closed));
  return why;
}

const WHY: Record<string, string> = {
  EADDRINUSE: 'is in use',
  EACCES: 'may not be used without more permissions',
};
