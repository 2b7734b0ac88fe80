import { SERVICES, type Service, settingOf } from '../../services.ts';
import { allMatches, readYaml, type ServiceList } from './service-list.ts';

const portOf = (peer: string) => SERVICES.find(({ name }) => name === peer)?.port;

/** HAProxy's configuration as lines, each with the section it is in before it. */
function sectionLines(content: string): string[] {
  let section = '';
  return content.split('\n').flatMap((line) => {
    if (/^\w/.test(line)) section = line;
    return line.startsWith(' ') ? [`${section}, ${line.trim()}`] : [];
  });
}

// What the entrance alone has: TLS, and who the client is.
const NOT_LISTED = /, #|Forwarded|edge-|scheme https|Strict-Transport/;

const BALANCER: ServiceList = {
  file: 'deploy/haproxy/haproxy.cfg',
  expected: ({ name, port }) => [
    `frontend ${name}, bind :${port}`,
    `frontend ${name}, http-request deny deny_status 404 if { path_reg -i "$INSIDE" }`,
    `frontend ${name}, default_backend ${name}`,
    `backend ${name}, http-response set-header Keep-Alive timeout=20`,
    `backend ${name}, server-template replica 20 ${name}:${port}`,
    `frontend inside, acl unserved nbsrv(${name}) eq 0`,
  ],
  found: (content) =>
    sectionLines(content).filter(
      (line) => /^(?:front|back)end (?!inside|edge)|acl unserved/.test(line) && !NOT_LISTED.test(line),
    ),
};

const DATABASES: ServiceList = {
  file: 'deploy/postgres/create-databases.sh',
  expected: ({ name, store }) => [
    `create_database ${store} "\${${settingOf(name, 'POSTGRES_PASSWORD')}:-$POSTGRES_PASSWORD}"`,
  ],
  found: (content) => allMatches(content, /^create_database .+/gm).filter((line) => !line.includes('()')),
};

/** The manifests of a backend are in its own folder; those of who calls them are the base. */
const isBackend = ({ needs }: Pick<Service, 'needs'>) => needs.length === 0;

const KUSTOMIZATION: ServiceList = {
  file: 'deploy/kubernetes/base/kustomization.yaml',
  expected: (service) => [
    `resources, ${isBackend(service) ? `../../../${service.name}/kubernetes` : `${service.name}.yaml`}`,
  ],
  found(content) {
    const shared = ['namespace.yaml', 'ingress.yaml', 'network-policies.yaml'];
    const { resources } = readYaml(content) as { resources: string[] };
    return resources.filter((file) => !shared.includes(file)).map((file) => `resources, ${file}`);
  },
};

// Commands that name every service, and where each name stands in them.
const COMMANDS: ReadonlyArray<[command: string, names: RegExp]> = [
  ['deploy/roll', /^deploy\/roll ([\w ]+)$/gm],
  ['docker compose push', /^docker compose push ([\w ]+)$/gm],
  ['docker service scale appointments_{…}=0', /^docker service scale appointments_\{([\w,]+),postgres\}=0$/gm],
];

const namesIn = (content: string, pattern: RegExp) =>
  [...content.matchAll(pattern)].flatMap(([, names = '']) => names.split(/[ ,]/));

/** The services that are given their token in a file. */
function servicesWithTokenFile(content: string): string[] {
  const [example] = content.split('```yaml\n').filter((block) => block.startsWith('services:'));
  const { services } = readYaml(example?.split('```')[0] ?? '') as {
    services: Record<string, { environment?: Record<string, string> }>;
  };
  return Object.keys(services).filter((name) => services[name]?.environment?.SERVICE_TOKEN_FILE);
}

const DEPLOY_GUIDE: ServiceList = {
  file: 'deploy/README.md',
  expected: ({ name, store }) => [
    `${settingOf(name, 'DATABASE_URL')}=postgres://${store}:$password@postgres:5432/${store}`,
    `- { name: appointments-${name}, newName: registry.example.com/appointments-${name}, newTag: "7" }`,
    `Secrets in files, services.${name}.environment, SERVICE_TOKEN_FILE`,
    ...COMMANDS.map(([command]) => `${command}, ${name}`),
  ],
  found: (content) => [
    ...allMatches(content, /^ *(?:[A-Z]+_DATABASE_URL=.+|- \{ name: appointments-.+)/gm),
    ...servicesWithTokenFile(content).map(
      (name) => `Secrets in files, services.${name}.environment, SERVICE_TOKEN_FILE`,
    ),
    ...COMMANDS.flatMap(([command, names]) => namesIn(content, names).map((name) => `${command}, ${name}`)),
  ],
};

export const DEPLOY_LISTS: readonly ServiceList[] = [BALANCER, DATABASES, KUSTOMIZATION, DEPLOY_GUIDE];

const MANIFEST_ENTRIES = [
  /image: appointments-.+/,
  /containerPort: \d+/,
  /\bport: \d+\s+targetPort: .+/,
  /key: \w+_DATABASE_URL/,
  /name: (?!PAYMENT_GATEWAY)\w+_URL\s+value: .+/,
  // What it may call: a rule of its NetworkPolicy.
  /- podSelector:\s+matchLabels:\s+app.kubernetes.io\/name: \w+\s+ports:\s+- port: \d+/,
];

/** The manifests of one service. */
export const manifestsOf = (service: Service): ServiceList => ({
  file: isBackend(service) ? `${service.name}/kubernetes/service.yaml` : `deploy/kubernetes/base/${service.name}.yaml`,
  expected({ name, port, needs, tells }) {
    if (name !== service.name) return [];
    const peers = needs.flatMap((peer) => [
      `name: ${settingOf(peer, 'URL')} value: http://${peer}:${portOf(peer)}`,
      `- podSelector: matchLabels: app.kubernetes.io/name: ${peer} ports: - port: ${portOf(peer)}`,
    ]);
    const told = tells.flatMap(({ service: to, path, setting }) => [
      `name: ${setting} value: http://${to}:${portOf(to)}${path}`,
      `- podSelector: matchLabels: app.kubernetes.io/name: ${to} ports: - port: ${portOf(to)}`,
    ]);
    return [
      `image: appointments-${name}:latest`,
      `containerPort: ${port}`,
      `port: ${port} targetPort: http`,
      `key: ${settingOf(name, 'DATABASE_URL')}`,
      ...peers,
      ...told,
    ];
  },
  found: (content) => allMatches(content, new RegExp(MANIFEST_ENTRIES.map(({ source }) => source).join('|'), 'g')),
});
