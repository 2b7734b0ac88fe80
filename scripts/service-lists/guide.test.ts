import { expect, test } from 'vitest';
import { COMPOSE_LISTS } from './compose-lists.ts';
import { DEPLOY_LISTS } from './deploy-lists.ts';
import { OBSERVABILITY_LISTS } from './observability-lists.ts';
import { REPOSITORY_LISTS } from './repository-lists.ts';
import { readText } from './service-list.ts';

const GUIDE = 'docs/adding-a-service.md';
/** All files that the guide has a further service touch. */
const [, block = ''] = /^```text\n(.*?)\n```$/ms.exec(readText(GUIDE)) ?? [];
const FILES = block.split('\n');

test('When files list the services, Then all of them are among the files of the guide for a further one', () => {
  const lists = [...REPOSITORY_LISTS, ...COMPOSE_LISTS, ...DEPLOY_LISTS, ...OBSERVABILITY_LISTS];

  expect(lists.map(({ file }) => file).filter((file) => !FILES.includes(file))).toEqual([]);
  expect(FILES, 'they are compared with what git lists').toEqual([...FILES].sort());
});
