interface Port {
  target: number;
  published: string;
  protocol: string;
  mode: string;
  host_ip?: string;
}

interface Config {
  source: string;
  file: string;
  target: string;
}

/** The image of a service, and the files in it, that Compose builds an image out of. */
interface SwarmService {
  image: string;
  configs: Config[];
}

interface Service {
  labels?: Record<string, string>;
  environment?: Record<string, string | null>;
  ports?: Port[];
  tmpfs?: string[];
  volumes?: unknown[];
  configs?: unknown[];
  mem_limit?: string;
  pids_limit?: number;
  deploy?: Record<string, unknown>;
  [key: string]: unknown;
}

/** The members that are read here of what `docker compose config --format json` prints. */
export interface ComposeProject {
  name: string;
  'x-swarm': Record<string, SwarmService>;
  services: Record<string, Service>;
  networks: Record<string, Record<string, unknown>>;
  volumes: Record<string, Record<string, unknown>>;
  configs?: Record<string, { name: string; file: string }>;
  secrets?: Record<string, { name: string; file: string }>;
}

// What a stack file may not have, or has in another place. A Swarm has no order of starts: a service that needs another
// one restarts until that is there. It has no `no-new-privileges` in this format, and sizes /dev/shm itself.
const LEFT_OUT = [
  'build',
  'pull_policy',
  'depends_on',
  'restart',
  'security_opt',
  'shm_size',
  'mem_limit',
  'pids_limit',
  'tmpfs',
];

// What goes from one machine to another: names, tokens and card numbers.
const OVERLAY = { driver: 'overlay', driver_opts: { encrypted: 'true' } };

const mapValues = <From, To>(record: Record<string, From>, change: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** The members that are set, without `keys`; Compose prints a null for what is not set. */
const without = (record: Record<string, unknown>, ...keys: readonly string[]) =>
  Object.fromEntries(Object.entries(record).filter(([key, value]) => value !== null && !keys.includes(key)));

function toStackService(service: Service, { image, configs: files }: Partial<SwarmService> = {}) {
  const { environment = {}, ports = [], tmpfs = [], volumes = [], configs = [], labels, deploy } = service;
  return {
    ...without(service, ...LEFT_OUT),
    ...(image && { image }),
    ...(files && { configs: [...configs, ...files.map(({ source, target }) => ({ source, target }))] }),
    environment: without(environment),
    // A Swarm publishes on every address of every machine, so ports for this machine only are left out.
    ports: ports
      .filter(({ host_ip }) => host_ip === undefined)
      .map((port) => ({ ...port, published: Number(port.published) })),
    volumes: [...volumes, ...tmpfs.map((target) => ({ type: 'tmpfs', target }))],
    deploy: {
      ...deploy,
      labels,
      restart_policy: { condition: 'any', delay: '2s' },
      resources: { limits: { memory: service.mem_limit, pids: service.pids_limit } },
    },
  };
}

/**
 * Turns a Compose project into the older format of `docker stack deploy`, which refuses some of Compose's newer fields.
 *
 * @param digest of a file's content. A Swarm's configs and secrets cannot be changed, so it becomes part of their name.
 */
export function toStack(
  { name, services, networks, volumes, configs = {}, secrets = {}, 'x-swarm': swarm }: ComposeProject,
  digest: (file: string) => string,
): Record<string, unknown> {
  const named = ({ name, file }: { name: string; file: string }) => ({ name: `${name}-${digest(file)}`, file });
  const swarmConfigs = Object.values(swarm).flatMap((service) =>
    service.configs.map(({ source, file }) => [source, { name: `${name}_${source}`, file }] as const),
  );
  return {
    services: Object.fromEntries(
      Object.entries(services).map(([key, service]) => [key, toStackService(service, swarm[key])]),
    ),
    networks: mapValues(networks, (network) => ({ ...without(network, 'name', 'ipam'), ...OVERLAY })),
    volumes: mapValues(volumes, (volume) => without(volume, 'name')),
    configs: mapValues({ ...configs, ...Object.fromEntries(swarmConfigs) }, named),
    secrets: mapValues(secrets, named),
  };
}
