import { storeUrl, temporaryFolder } from 'durable-store/testing';
import type Koa from 'koa';
import type { Logger, Tokens } from '../src/index.ts';
import { createTestLogger } from './test-logger.ts';
import { startTestServer } from './test-server.ts';

/** What a service that others call is opened with. */
export interface ServiceParts {
  databaseUrl: string;
  logger: Logger;
  /** What its callers have to send; nothing where it is empty. */
  serviceToken: Tokens;
}

/** A service that does not listen yet. */
export interface OpenedService {
  app: Koa;
  /** Closes its store and all else that it holds; called after the last request. */
  close(): Promise<void>;
}

/** The `openService` of each service that others call, in `test/<name>-service.ts`, where tests find it by the service's name. */
export type OpenService = (parts: ServiceParts) => Promise<OpenedService>;

/** Serves a service on a free port, over a real store in a folder of its own. */
export async function startTestService<Opened extends OpenedService>(
  name: string,
  open: (parts: Omit<ServiceParts, 'serviceToken'>) => Promise<Opened>,
) {
  const folder = temporaryFolder();
  const { logger, lines } = createTestLogger();
  const opened = await open({ databaseUrl: await storeUrl(folder.path, name), logger });
  const server = await startTestServer(opened.app);
  return {
    ...opened,
    url: server.url,
    logger,
    /** What it logged. */
    lines,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await opened.close();
      folder[Symbol.dispose]();
    },
  };
}
