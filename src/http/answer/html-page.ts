import { crypto } from '../../support/lazy-crypto.js';
import { escapeForeign } from '../../support/escape-html.js';

/** A page, and its Content-Security-Policy. */
export interface HtmlPage {
  readonly html: string;
  readonly policy: string;
}

const hashes = new Map<string, string>();

/**
 * Builds a self-contained page. It loads no resources and runs no scripts. Its policy forbids both, so that a mistake in escaping
 * cannot run a script.
 *
 * @param title the title, as plain text.
 * @param style a trusted style sheet.
 * @param body the body, as HTML.
 */
export function htmlPage(title: string, style: string, body: string): HtmlPage {
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeForeign(title)}</title>
<style>${style}</style>
</head>
<body>
${body}</body>
</html>
`;
  return { html, policy: `default-src 'none'; style-src '${hashOf(style)}'; base-uri 'none'; form-action 'none'` };
}

/** The hash source of an inline style (CSP Level 3 §2.3.1). */
function hashOf(style: string): string {
  let hash = hashes.get(style);
  if (hash === undefined) {
    hash = `sha256-${crypto().createHash('sha256').update(style).digest('base64')}`;
    hashes.set(style, hash);
  }
  return hash;
}

/** The style of the pages that visitors see. */
export const ERROR_STYLE = `
html { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1d2430; --soft: #5c6675; --line: #dfe3e9; --accent: #b3261e }
@media (prefers-color-scheme: dark) {
  html { --paper: #14171c; --card: #1c2027; --ink: #e6e9ee; --soft: #9aa4b2; --line: #2f3640; --accent: #ff8a80 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem 1rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
main { width: 100%; max-width: 38rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 2.25rem 2.5rem; overflow-wrap: anywhere }
.status { margin: 0; font-size: .9rem; font-weight: 700; letter-spacing: .08em; color: var(--accent) }
h1 { margin: .1em 0 .6em; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.01em }
p { margin: 0 0 .8em; color: var(--soft) }
main > :last-child { margin-bottom: 0 }
code { padding: .1em .35em; border-radius: 5px; background: var(--paper); color: var(--ink);
  font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.detail { margin: 1.4em 0 0; padding-top: 1.2em; border-top: 1px solid var(--line); color: var(--ink); white-space: pre-wrap }
`;
