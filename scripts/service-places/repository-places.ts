import { settingOf } from '../../services.ts';
import { allMatches, type Place } from './place.ts';

const SETTINGS: Place = {
  file: '.env.example',
  expected: ({ name, port }) => [`# ${settingOf(name, 'PORT')}=${port}`, `# ${settingOf(name, 'POSTGRES_PASSWORD')}=`],
  found: (content) =>
    allMatches(content, /^# [A-Z]+_(?:PORT|POSTGRES_PASSWORD)=.*/gm).filter((line) => !/PROMETHEUS|GRAFANA/.test(line)),
};

const FOLDERS: Place = {
  file: 'README.md',
  expected: ({ name }) => [`| [\`${name}\`](${name}/README.md) |`],
  found: (content) => {
    const others = ['saga', 'store', 'chassis', 'e2e', 'deploy', 'bench', 'observability', 'docs'];
    return allMatches(content, /^\| \[`\w+`\]\(\w+\/\w+\.md\) \|/gm).filter(
      (row) => !others.some((folder) => row.includes(`(${folder}/`)),
    );
  },
};

/** The services' own names in files of the repository's root. */
export const REPOSITORY_PLACES: readonly Place[] = [SETTINGS, FOLDERS];
