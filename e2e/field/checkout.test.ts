import { execFileSync } from 'node:child_process';
import { cpSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// Of all kinds that a container or a shell reads, and one that is no text.
const READ_BY_OTHERS = [
  '.gitattributes',
  '.nvmrc',
  '.ci/*',
  'Makefile',
  'docker-compose*.yml',
  '*/Dockerfile',
  'scripts/node',
  'deploy/{roll,haproxy/*,postgres/*,kubernetes/*/*}',
  '*/kubernetes/*.yaml',
  'observability/{check,prometheus/*}',
  'docs/images/*.png',
];

test.each(['true', 'input', 'false'])(
  'When it is checked out with core.autocrlf=%s, Then every file has the same bytes',
  (autocrlf) => {
    using folder = temporaryFolder();
    const git = (...options: string[]) =>
      execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...options], {
        cwd: folder.path,
      });
    const files = globSync(READ_BY_OTHERS, { cwd: ROOT });
    for (const file of files) cpSync(join(ROOT, file), join(folder.path, 'origin', file), { recursive: true });

    git('init', '--quiet', 'origin');
    git('-C', 'origin', 'add', '--all');
    git('-C', 'origin', 'commit', '--quiet', '--message', 'all');
    git('clone', '--quiet', '--config', `core.autocrlf=${autocrlf}`, '--config', 'core.eol=crlf', 'origin', 'clone');

    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const read = (where: string) => readFileSync(join(folder.path, where, file));
      expect(read('clone').equals(read('origin')), file).toBe(true);
    }
  },
);

interface ComposeFile {
  services: Record<string, { healthcheck?: { test: string[] } }>;
}

test.each(['docker-compose.yml', 'docker-compose.scale.yml'])(
  'When Docker has a proxy, Then no health check of %s asks it',
  (file) => {
    const { services } = parse(readFileSync(join(ROOT, file), 'utf8'), {
      merge: true,
      logLevel: 'silent',
    }) as ComposeFile;
    const checks = Object.values(services).flatMap(({ healthcheck }) =>
      healthcheck ? [healthcheck.test.join(' ')] : [],
    );

    expect(checks.length).toBeGreaterThan(0);
    // BusyBox's wget knows no NO_PROXY.
    for (const check of checks.filter((text) => text.includes('wget')))
      expect(check).toContain('env -u http_proxy wget');
  },
);
