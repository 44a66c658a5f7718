import { calleeOf, placesOf, type WiringProblem, errorLink } from '../../controllers/binding/wiring-error.js';
import { escapeForeign as e } from '../../support/escape-html.js';
import { type Failure, tracebackText } from './failure.js';
import { framesHtml, sharedFrames, shortPath } from './frames-html.js';
import type { Facts } from './request-view.js';
import type { RoutesView, RouteView } from './route-view.js';
import type { SourceFrame } from './source-excerpt.js';

/** The content of the page, unescaped. */
interface DebugView {
  /** `500 Internal Server Error`. */
  readonly statusLine: string;
  readonly reason: string;
  /** The error message that the client gets. */
  readonly detail: string;
  readonly verb: string;
  readonly url: string;
  readonly failures: readonly Failure[];
  /** The frames of each failure. */
  readonly frames: readonly (readonly SourceFrame[])[];
  readonly route: RouteView | undefined;
  readonly routes: RoutesView | undefined;
  readonly request: readonly Facts[];
  /** The problem details that the client gets outside debug mode. */
  readonly problem: string;
  readonly platform: string;
}

/** The body of the debug page. */
export function debugHtml(view: DebugView): string {
  return `${headerHtml(view)}<main>
${view.failures.map((failure, i) => failureHtml(failure, view.frames, i)).join('')}${routeHtml(view)}${requestHtml(view)}${collapsible('Response outside debug mode', view.problem)}${
  view.failures.length === 0 ? '' : collapsible('The traceback as text', tracebackText(view.failures))
}</main>
<footer>Shown because debug mode is on. It exposes source code: turn it off on public servers. ${e(view.platform)}</footer>
`;
}

function headerHtml({ statusLine, reason, detail, verb, url, route, failures }: DebugView): string {
  const [first] = failures;
  const handler = route === undefined ? '' : `<span>→ ${e(route.handler)}</span>`;
  const title = first === undefined ? e(reason) : titleHtml(first);
  const message = first === undefined ? (detail === reason ? '' : detail) : messageText(first);
  return `<header>
<p class="status"><b>${e(statusLine)}</b><span>${e(verb)} ${e(url)}</span>${handler}</p>
<h1>${title}</h1>
<p class="message">${e(message)}</p>
</header>
`;
}

/** The name of an error, and its code. */
export function titleHtml({ name, code }: Failure): string {
  return `${e(name)}${code === undefined ? '' : ` ${codeHtml(code)}`}`;
}

/** An error code. The tooltip of this package's codes contains the address of their documentation. */
function codeHtml(code: string): string {
  const title = code.startsWith('BN_') ? ` title="Explained in ${e(errorLink(code))}"` : '';
  return `<span class="code"${title}>${e(code)}</span>`;
}

/** The message of an error. Wiring problems are listed separately, so only their summary is shown. */
export function messageText({ message, problems }: Failure): string {
  return problems.length === 0 ? message : (message.split(':\n', 1)[0] as string);
}

/** The HTML of one error, with its trace. */
export function failureHtml(failure: Failure, all: DebugView['frames'], index: number): string {
  const title =
    index === 0
      ? ''
      : `<h2><small>${e(failure.relation)}:</small> ${titleHtml(failure)}</h2>\n<p class="message">${e(messageText(failure))}</p>\n`;
  const template =
    failure.template === undefined
      ? ''
      : `<div class="card"><h3>${e(shortPath(failure.template.place))}</h3><pre>${e(failure.template.excerpt)}</pre></div>\n`;
  const members =
    failure.members.length === 0 ? '' : `<div class="card"><h3>Members of the error</h3>${tableHtml(failure.members)}</div>\n`;
  const frames = all[index] ?? [];
  const trace = framesHtml(frames, sharedFrames(frames, all.slice(0, index)));
  const problems = failure.problems.map(problemHtml).join('');
  return `<section class="failure">\n${title}${template}${problems}${members}${trace}</section>\n`;
}

function problemHtml(problem: WiringProblem): string {
  const { message, nearest, code, available, cure } = problem;
  const near = nearest === undefined ? '' : ` Did you mean <code>${e(nearest)}</code>?`;
  const place = placesOf([problem]).join(', ');
  const lines = calleeOf(problem);
  return `<div class="card problem">
<p><b>${e(message)}</b>${near} ${codeHtml(code)}</p>
${place === '' ? '' : `<p class="soft">${e(place)}</p>\n`}${lines.length === 0 ? '' : `<pre>${e(lines.join('\n'))}</pre>\n`}${
  available === undefined ? '' : `<p><span class="soft">Available:</span> ${e(available.join(', ') || 'nothing')}</p>\n`
}${cure === undefined ? '' : `<p><span class="soft">Cure:</span> ${e(cure)}</p>\n`}</div>
`;
}

function routeHtml({ route, routes, verb }: DebugView): string {
  if (routes !== undefined) return routesHtml(routes, verb);
  if (route === undefined) return '';
  const rows = route.parameters.map(({ text, from, value }) => {
    const given = value === undefined ? '' : ` <span class="soft">=</span> ${e(value)}`;
    return `<tr><th scope="row"><code>${e(text)}</code></th><td><span class="soft">from</span> ${e(from)}${given}</td></tr>`;
  });
  const plugins = route.plugins.map((name) => `<li>${e(name)}</li>`).join('');
  if (plugins !== '')
    rows.push(`<tr><th scope="row">Plugins, outermost first</th><td class="text"><ol class="chain">${plugins}</ol></td></tr>`);
  const name = route.name === undefined ? '' : ` <span class="soft">named</span> ${e(route.name)}`;
  return `<h2>Route</h2>
<div class="card"><p class="wiring"><span class="verb">${e(route.verb)}</span> ${e(route.rule)} <span class="soft">→</span> ${e(route.handler)}${name}</p>${
    rows.length === 0 ? '' : `<table>${rows.join('\n')}</table>`
  }</div>
`;
}

function routesHtml({ routes, more, meant }: RoutesView, verb: string): string {
  const hint =
    meant === undefined
      ? ''
      : `<p class="wiring"><span class="verb">${e(verb)}</span> ${e(meant)} <span class="soft">would match: the trailing slash matters.</span></p>`;
  const rows = routes.map(
    ({ verb: one, rule, handler }) =>
      `<tr><th scope="row"><span class="verb">${e(one)}</span> <code>${e(rule)}</code></th><td>${e(handler)}</td></tr>`,
  );
  if (more > 0) rows.push(`<tr><th scope="row">…</th><td class="text">and ${more} more</td></tr>`);
  const table = rows.length === 0 ? '<p class="wiring soft">There are none.</p>' : `<table>${rows.join('\n')}</table>`;
  return `<h2>Routes <small>of this app</small></h2>\n<div class="card">${hint}${table}</div>\n`;
}

function requestHtml({ verb, url, request }: DebugView): string {
  const tables = request.map(
    ({ title, rows, text }) =>
      `<div class="card"><h3>${e(title)}</h3>${text === undefined ? tableHtml(rows) : `<pre>${e(keepFirstNewline(text))}</pre>`}</div>\n`,
  );
  return `<h2>Request <small>${e(verb)} ${e(url)}</small></h2>\n${tables.join('')}`;
}

function tableHtml(rows: readonly (readonly [string, string])[]): string {
  const cells = rows.map(([name, value]) => `<tr><th scope="row">${e(name)}</th><td>${e(value)}</td></tr>`);
  return `<table>${cells.join('\n')}</table>`;
}

function collapsible(title: string, text: string): string {
  return `<details><summary><span>${e(title)}</span></summary><pre>${e(keepFirstNewline(text))}</pre></details>\n`;
}

/** Doubles a leading line break, because HTML drops the first one of a `pre` (WHATWG HTML §13.1.2.5). */
function keepFirstNewline(text: string): string {
  return /^[\r\n]/.test(text) ? `\n${text}` : text;
}
