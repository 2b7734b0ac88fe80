import { settingOf } from '../../services.ts';
import { allMatches, type ServiceList } from './service-list.ts';

const SETTINGS: ServiceList = {
  file: '.env.example',
  expected: ({ name, port }) => [`# ${settingOf(name, 'PORT')}=${port}`, `# ${settingOf(name, 'POSTGRES_PASSWORD')}=`],
  found: (content) =>
    allMatches(content, /^# [A-Z]+_(?:PORT|POSTGRES_PASSWORD)=.*/gm).filter((line) => !/PROMETHEUS|GRAFANA/.test(line)),
};

/** The services in files of the repository's root. */
export const REPOSITORY_LISTS: readonly ServiceList[] = [SETTINGS];
