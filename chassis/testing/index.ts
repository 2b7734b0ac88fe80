export {
  overPostgres,
  type PostgresServer,
  preparedPlans,
  readNotErased,
  readStored,
  signalProcess,
  startPgBouncer,
  startPostgresPair,
  startPostgresServer,
  storeUrl,
  takePort,
  temporaryFolder,
  waitUntil,
} from 'durable-store/testing';
export { openAppParts } from './open-app-parts.ts';
export { type RawReply, type RawRequest, sendRaw } from './raw-http.ts';
export { type ApiReply, send } from './send.ts';
export { type SignedWebhook, signWebhook } from './sign-webhook.ts';
export { respondJson, type SeenRequest, type StubHandler, type StubServer, startStubServer } from './stub-server.ts';
export { createTestLogger } from './test-logger.ts';
export { startTestServer, type TestServer } from './test-server.ts';
export { type OpenedService, type OpenService, type ServiceParts, startTestService } from './test-service.ts';
