import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root })
  .toString()
  .trim()
  .split('\n');
const LINK = /\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)/g;

/** The anchors that a page's headings have on GitHub. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(page: string): string[] {
  const file = join(root, page);
  const text = readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '');
  return [...text.matchAll(LINK)].flatMap(([link, path = '', anchor]) => {
    const target = path === '' ? file : resolve(dirname(file), path);
    if (!existsSync(target)) return [`${link}: there is no ${path}`];
    if (anchor === undefined || statSync(target).isDirectory()) return [];
    return anchorsOf(target).includes(anchor) ? [] : [`${link}: no heading has that anchor`];
  });
}

test.each(pages)('When %s links to a file or a heading, Then it is there', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});
