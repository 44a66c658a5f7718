import { dirname } from 'node:path';
import { escapeText } from '../kit/index.js';
import { findPeer, missingPeer } from '../support/load-peer.js';

/** The files of swagger-ui-dist that the page loads. No others are served. */
export const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

/** The folder of `swagger-ui-dist`. The copy of the application takes precedence. */
export function assetsFolder(): string {
  const file = findPeer('swagger-ui-dist/package.json');
  if (file !== undefined) return dirname(file);
  const otherwise = ', or do without the page, new OpenAPIPlugin({ ui: false }).';
  throw new Error(missingPeer('swagger-ui-dist', 'The documentation page of OpenAPIPlugin needs', otherwise));
}

/** The content security policy of the page: no inline code, files from this server only, requests to the servers of the API. */
export function policy(servers: readonly { url: string }[]): string {
  const origins = servers.map(({ url }) => (URL.canParse(url) ? new URL(url).origin : "'self'"));
  const directives = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'", 'data:'],
    'connect-src': [...new Set(["'self'", ...origins])],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'self'"],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}

/**
 * The documentation page.
 *
 * @param base the path of the assets, relative to the page.
 * @param document the path of the document, relative to the page.
 */
export function pageHtml(title: string, base: string, document: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<link rel="icon" href="${escapeText(base)}/favicon-32x32.png">
<link rel="stylesheet" href="${escapeText(base)}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-url="${escapeText(document)}"></div>
<script src="${escapeText(base)}/swagger-ui-bundle.js"></script>
<script src="${escapeText(base)}/start.js"></script>
</body>
</html>
`;
}

/** The script that starts the page. `validatorUrl: null` turns off the online validator, so that the document is not sent to it. */
export const START_SCRIPT = `'use strict';
{
  const place = document.getElementById('swagger-ui');
  SwaggerUIBundle({
    domNode: place,
    url: place.dataset.url,
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
  });
}
`;

/** Returns the relative path from one path to another. It also works below a prefix that a proxy adds. */
export function relativePath(from: string, to: string): string {
  const start = from.split('/').slice(0, -1);
  const target = to.split('/');
  let shared = 0;
  while (shared < start.length && shared < target.length - 1 && start[shared] === target[shared]) shared++;
  return '../'.repeat(start.length - shared) + target.slice(shared).join('/') || './';
}
