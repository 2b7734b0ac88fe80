import { SERVICES, type Service, settingOf } from '../../services.ts';
import { readYaml, type ServiceList } from './service-list.ts';

interface ComposeService {
  build?: { dockerfile?: string };
  image?: string;
  environment?: Record<string, string | null>;
  ports?: Array<string | { target: number; published: string }>;
  volumes?: string[];
  depends_on?: Record<string, unknown>;
}

interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}

const BALANCER = 'balancer';
const portOf = (peer: string) => SERVICES.find(({ name }) => name === peer)?.port;
const publication = ({ name, port }: Service) => `\${${settingOf(name, 'PORT')}:-${port}}:${port}`;

/** The ports that a service publishes, whatever the address of this machine. */
const portsOf = ({ ports = [] }: ComposeService) =>
  ports.map((port) => (typeof port === 'string' ? port.replace('127.0.0.1:', '') : `${port.published}:${port.target}`));

const environmentOf = ({ environment = {} }: ComposeService, setting: RegExp) =>
  Object.entries(environment).flatMap(([name, value]) => (setting.test(name) && value ? [`${name}: ${value}`] : []));

const peersOf = ({ name, needs }: Service, hostOf: (peer: string) => string) =>
  needs.map(
    (peer) => `services.${name}.environment, ${settingOf(peer, 'URL')}: http://${hostOf(peer)}:${portOf(peer)}`,
  );

const noticesOf = ({ name, tells }: Service) =>
  tells.map(
    ({ service, path, setting }) =>
      `services.${name}.environment, ${setting}: http://${service}:${portOf(service)}${path}`,
  );

const PEER_URL = /^(?!PAYMENT_GATEWAY)[A-Z_]+_URL$/;
const NOT_PEERS = ['DATABASE_URL', 'PUBLIC_URL'];

const peersIn = (name: string, service: ComposeService) =>
  environmentOf(service, PEER_URL)
    .filter((entry) => !NOT_PEERS.some((setting) => entry.startsWith(setting)))
    .map((entry) => `services.${name}.environment, ${entry}`);

/** A service that calls no other takes a token of its own, and who calls it is given that token. */
const tokensOf = ({ name, needs }: Service) => [
  ...(needs.length === 0
    ? [`services.${name}.environment, SERVICE_TOKEN: \${${settingOf(name, 'TOKEN')}:-\${SERVICE_TOKEN:-}}`]
    : []),
  ...needs.map((peer) => `services.${name}.environment, ${settingOf(peer, 'TOKEN')}:`),
];

const NOT_PEERS_TOKENS = ['SERVICE_TOKEN', 'OPERATOR_TOKEN', 'PAYMENT_GATEWAY_TOKEN'];

const tokensIn = (name: string, service: ComposeService) => [
  ...environmentOf(service, /^SERVICE_TOKEN$/).map((entry) => `services.${name}.environment, ${entry}`),
  ...Object.keys(service.environment ?? {})
    .filter((setting) => setting.endsWith('_TOKEN') && !NOT_PEERS_TOKENS.includes(setting))
    .map((setting) => `services.${name}.environment, ${setting}:`),
];

const COMPOSE: ServiceList = {
  file: 'docker-compose.yml',
  expected: (service) => [
    `services.${service.name}, image: appointments-${service.name}`,
    `services.${service.name}.ports, ${publication(service)}`,
    `services.${service.name}.volumes, ${service.name}-data:/data`,
    `volumes, ${service.name}-data`,
    ...peersOf(service, (peer) => peer),
    ...noticesOf(service),
    ...tokensOf(service),
    ...service.needs.map((peer) => `services.${service.name}.depends_on, ${peer}`),
  ],
  found(content) {
    const { services, volumes } = readYaml(content) as ComposeFile;
    const ours = Object.entries(services).filter(([, { build }]) => build?.dockerfile);
    const theirs = Object.entries(services).flatMap(([, service]) =>
      service.build?.dockerfile ? [] : (service.volumes ?? []),
    );
    return [
      ...ours.flatMap(([name, service]) => [
        `services.${name}, image: ${service.image}`,
        ...portsOf(service).map((port) => `services.${name}.ports, ${port}`),
        ...(service.volumes ?? []).map((volume) => `services.${name}.volumes, ${volume}`),
        ...peersIn(name, service),
        ...tokensIn(name, service),
        ...Object.keys(service.depends_on ?? {}).map((peer) => `services.${name}.depends_on, ${peer}`),
      ]),
      ...Object.keys(volumes)
        .filter((volume) => !theirs.some((mount) => mount.startsWith(`${volume}:`)))
        .map((volume) => `volumes, ${volume}`),
    ];
  },
};

const databaseUrl = (name: string, store: string) => {
  const password = `\${${settingOf(name, 'POSTGRES_PASSWORD')}:-\${POSTGRES_PASSWORD:-appointments}}`;
  return `DATABASE_URL: postgres://${store}:${password}@postgres:5432/${store}`;
};

const COMPOSE_SCALE: ServiceList = {
  file: 'docker-compose.scale.yml',
  expected: (service) => [
    `services.${service.name}, image: \${REGISTRY:-}appointments-${service.name}:\${TAG:-latest}`,
    `services.${service.name}.environment, ${databaseUrl(service.name, service.store)}`,
    `services.postgres.environment, ${settingOf(service.name, 'POSTGRES_PASSWORD')}: \${${settingOf(service.name, 'POSTGRES_PASSWORD')}:-}`,
    `services.${BALANCER}.ports, ${publication(service)}`,
    ...peersOf(service, () => BALANCER),
  ],
  found(content) {
    const { services } = readYaml(content) as ComposeFile;
    const { postgres = {}, [BALANCER]: balancer = {}, ...others } = services;
    const ours = Object.entries(others).filter(([, { image }]) => image?.includes('appointments-'));
    return [
      ...ours.flatMap(([name, service]) => [
        `services.${name}, image: ${service.image}`,
        ...environmentOf(service, /^DATABASE_URL$/).map((entry) => `services.${name}.environment, ${entry}`),
        ...peersIn(name, service),
      ]),
      ...environmentOf(postgres, /._POSTGRES_PASSWORD$/).map((entry) => `services.postgres.environment, ${entry}`),
      ...portsOf(balancer).map((port) => `services.${BALANCER}.ports, ${port}`),
    ];
  },
};

export const COMPOSE_LISTS: readonly ServiceList[] = [COMPOSE, COMPOSE_SCALE];
