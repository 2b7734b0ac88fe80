import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Problem } from '@appointments/chassis';
import type { Middleware } from 'koa';
import { rowRules } from './pages/timeline-rows.ts';

interface Asset {
  path: string;
  type: string;
  content: Buffer;
}

const readText = (file: string): string => readFileSync(new URL(`assets/${file}`, import.meta.url), 'utf8');

// The hash in the name makes it safe to cache a file without end: another content is another file.
function toAsset(file: string, type: string, text: string): Asset {
  const content = Buffer.from(text);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { path: `/console/assets/${file.replace('.', `-${hash}.`)}`, type, content };
}

/** Modules, each after those that it imports, which get the names that they are served under. */
function loadModules(files: readonly string[]): Asset[] {
  const modules: Array<Asset & { file: string }> = [];
  for (const file of files) {
    const named = (text: string, one: { file: string; path: string }) =>
      text.replaceAll(`'./${one.file}'`, `'${one.path}'`);
    const text = modules.reduce(named, readText(file));
    modules.push({ file, ...toAsset(file, 'text/javascript; charset=utf-8', text) });
  }
  return modules;
}

const stylesheet = [readText('console.css'), readText('live.css'), rowRules()].join('');
const modules = loadModules(['live-parts.js', 'live-rows.js', 'live.js']);

/** The files that pages refer to. */
export const assets = {
  stylesheet: toAsset('console.css', 'text/css; charset=utf-8', stylesheet),
  script: modules.at(-1) as Asset,
  icon: toAsset('icon.svg', 'image/svg+xml', readText('icon.svg')),
  pageScript: toAsset('page.js', 'text/javascript; charset=utf-8', readText('page.js')),
};

const served = [...Object.values(assets), ...modules];

/** Serves the files; they hold nothing that needs a sign-in. */
export const serveAsset: Middleware = function serveAsset(ctx) {
  const asset = served.find(({ path }) => path === ctx.path);
  if (!asset) throw new Problem(404, 'not_found');
  ctx.set('cache-control', 'public, max-age=31536000, immutable');
  ctx.type = asset.type;
  ctx.body = asset.content;
};
