import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** One file as it is served. */
export interface PageFile {
  type: string;
  body: string | Buffer;
  etag: string;
  cacheControl: string;
}

// Revalidated each time, which costs next to nothing with an ETag.
const CHANGES_WITH_THE_SERVICE = 'no-cache';
// Private, since it may have taken a token to get it.
const CHANGES_WITH_THE_PACKAGE = 'private, max-age=86400';

const SCRIPT = 'text/javascript; charset=utf-8';
const require = createRequire(import.meta.url);

/** A file with the tag that says whether it has changed. */
export function pageFile(type: string, body: string | Buffer, cacheControl = CHANGES_WITH_THE_SERVICE): PageFile {
  const digest = createHash('sha256').update(body).digest('base64url');
  return { type, body, etag: `"${digest}"`, cacheControl };
}

async function readPackageFile(name: string, type: string): Promise<PageFile> {
  return pageFile(type, await readFile(require.resolve(`swagger-ui-dist/${name}`)), CHANGES_WITH_THE_PACKAGE);
}

/** The page; everything it needs comes from this service, and no script or style is written into it. */
export function pageHtml(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/page.js" defer></script>
</head>
<body>
<noscript>This page needs JavaScript; <a href="/openapi.json">the document itself</a> does not.</noscript>
<main id="page"></main>
</body>
</html>
`;
}

// The validator badge would send the document's address to a third party's server.
const PAGE_SCRIPT = `const dark = matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followScheme);
followScheme();
SwaggerUIBundle({
  url: '/openapi.json',
  domNode: document.getElementById('page'),
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  validatorUrl: 'none',
});
`;

/** The files of the page by name, each read when it is first asked for. */
export function createPageFiles(): (name: string) => Promise<PageFile> | undefined {
  const readers: Record<string, () => Promise<PageFile>> = {
    'page.js': async () => pageFile(SCRIPT, PAGE_SCRIPT),
    'swagger-ui.css': () => readPackageFile('swagger-ui.css', 'text/css; charset=utf-8'),
    'swagger-ui-bundle.js': () => readPackageFile('swagger-ui-bundle.js', SCRIPT),
  };
  const read = new Map<string, Promise<PageFile>>();
  return (name) => {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (!reader) return undefined;
    const file = read.get(name) ?? reader();
    read.set(name, file);
    return file;
  };
}
