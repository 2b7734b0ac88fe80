import { settingOf } from '../../services.ts';
import { allMatches, type ServiceList } from './service-list.ts';

// What is no service's own, and what only some services have.
const OTHERS =
  /PROMETHEUS|GRAFANA|(?:SERVICE|OPERATOR|PAYMENT_GATEWAY)_TOKEN|(?:PAYMENT_(?:GATEWAY|PUBLIC|NOTICE)|TRACE|RUNBOOKS|DATABASE|PUBLIC)_URL/;

/** Of a service that others call: their token for it, and where they find it. */
const backendSettings = (name: string, port: number) => [
  `# ${settingOf(name, 'TOKEN')}=`,
  `# ${settingOf(name, 'URL')}=http://127.0.0.1:${port}`,
];

const SETTINGS: ServiceList = {
  file: '.env.example',
  expected: ({ name, port, needs }) => [
    `# ${settingOf(name, 'PORT')}=${port}`,
    `# ${settingOf(name, 'POSTGRES_PASSWORD')}=`,
    ...(needs.length === 0 ? backendSettings(name, port) : []),
  ],
  found: (content) =>
    allMatches(content, /^# [A-Z]+_(?:PORT|POSTGRES_PASSWORD|TOKEN|URL)=.*/gm).filter((line) => !OTHERS.test(line)),
};

/** The services in files of the repository's root. */
export const REPOSITORY_LISTS: readonly ServiceList[] = [SETTINGS];
