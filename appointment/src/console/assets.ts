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

// The hash in the name makes it safe to cache a file without end: another content is another file.
function load(name: string, extension: string, type: string, more = ''): Asset {
  const content = Buffer.concat([
    readFileSync(new URL(`assets/${name}.${extension}`, import.meta.url)),
    Buffer.from(more),
  ]);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { path: `/console/assets/${name}-${hash}.${extension}`, type, content };
}

/** The files that pages refer to. */
export const assets = {
  stylesheet: load('console', 'css', 'text/css; charset=utf-8', rowRules()),
  script: load('live', 'js', 'text/javascript; charset=utf-8'),
  pageScript: load('page', 'js', 'text/javascript; charset=utf-8'),
  icon: load('icon', 'svg', 'image/svg+xml'),
};

/** Serves the files; they hold nothing that needs a sign-in. */
export const serveAsset: Middleware = function serveAsset(ctx) {
  const asset = Object.values(assets).find(({ path }) => path === ctx.path);
  if (!asset) throw new Problem(404, 'not_found');
  ctx.set('cache-control', 'public, max-age=31536000, immutable');
  ctx.type = asset.type;
  ctx.body = asset.content;
};
