import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'install');

test('When packages are installed, Then only those run a script that are allowed to', { timeout: 120_000 }, () => {
  using folder = temporaryFolder();
  const at = (...parts: string[]) => join(folder.path, ...parts);
  const run = (command: string, ...rest: string[]) => execFileSync(command, rest, { cwd: folder.path, stdio: 'pipe' });
  const names = ['allowed', 'refused', 'unlisted'];
  for (const name of names) {
    mkdirSync(at(name));
    const scripts = { postinstall: `node -e "fs.writeFileSync('ran', '')"` };
    writeFileSync(at(name, 'package.json'), JSON.stringify({ name, version: '1.0.0', scripts }));
    run('npm', 'pack', '--ignore-scripts', `./${name}`);
  }
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:./${name}-1.0.0.tgz`]));
  const allowScripts = { 'allowed@file:./allowed-1.0.0.tgz': true, allowed: true, refused: false, gone: true };
  writeFileSync(at('package.json'), JSON.stringify({ name: 'root', private: true, dependencies, allowScripts }));
  run('npm', 'install', '--ignore-scripts', '--offline', '--package-lock-only');
  mkdirSync(at('scripts'));
  copyFileSync(SCRIPT, at('scripts/install'));

  run('scripts/install');

  const ran = names.filter((name) => existsSync(at('node_modules', name, 'ran')));
  expect([names.every((name) => existsSync(at('node_modules', name))), ran]).toEqual([true, ['allowed']]);
});
