import { SERVICE_NAMES, settingOf } from '../../services.ts';

export const OPERATOR_TOKEN = 'an-operator-of-the-end-to-end-tests';

/** The stack under test is the shipped one, without the developer's shell or .env file; Docker chooses the ports. */
export const SETTINGS = {
  ...Object.fromEntries(SERVICE_NAMES.map((name) => [settingOf(name, 'PORT'), '0'])),
  OPERATOR_TOKEN,
  SERVICE_TOKEN: '',
  ACCESS_FILE: '',
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'json',
  BOOKING_DEADLINE_MS: '5000',
  STEP_TIMEOUT_MS: '2000',
  MAX_IN_FLIGHT: '256',
  STUCK_AFTER_MS: '30000',
  TRACE_URL: '',
  PAYMENT_GATEWAY: '',
  PAYMENT_GATEWAY_URL: '',
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  COMPOSE_PROFILES: '',
  REGISTRY: '',
  TAG: '',
  POSTGRES_PASSWORD: '',
  ...Object.fromEntries(SERVICE_NAMES.map((name) => [settingOf(name, 'POSTGRES_PASSWORD'), ''])),
  POSTGRES_MAX_CONNECTIONS: '',
  DATABASE_POOL_SIZE: '',
};
