/**
 * Templates against concatenation written by hand, with the same escape function, and against other engines:
 * `node --import tsx bench/templates.ts`. Numbers are the medians of interleaved rounds in one process, so they compare with each other and with nothing else.
 */
import { createRequire } from 'node:module';
import { Eta } from 'eta';
import { etaTemplate } from '../src/templates/engines/index.js';
import { escapeHtml as e, SimpleTemplate } from '../src/templates/index.js';

type Render = (vars: object) => string;

// These have no types of their own.
const require = createRequire(import.meta.url);
const ejs = require('ejs') as { compile(source: string, options: object): Render };
const nunjucks = require('nunjucks') as {
  Environment: new (loader: null, options: object) => object;
  Template: new (source: string, environment: object) => { render: Render };
};

type Row = Record<'a' | 'b' | 'c' | 'd' | 'e', unknown>;

const ROUNDS = 15;

const table = new SimpleTemplate(`<table>
% for row of rows:
  <tr><td>{{row.a}}</td><td>{{row.b}}</td><td>{{row.c}}</td><td>{{row.d}}</td><td>{{row.e}}</td></tr>
% end
</table>
`);

function tableByHand(rows: Row[]): string {
  let out = '<table>\n';
  for (const row of rows) {
    out += `  <tr><td>${e(row.a)}</td><td>${e(row.b)}</td><td>${e(row.c)}</td><td>${e(row.d)}</td><td>${e(row.e)}</td></tr>\n`;
  }
  return `${out}</table>\n`;
}

const fortunes =
  new SimpleTemplate(`<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>
% for fortune of fortunes:
<tr><td>{{fortune.id}}</td><td>{{fortune.message}}</td></tr>
% end
</table></body></html>
`);

interface Fortune {
  id: number;
  message: string;
}

function fortunesByHand(all: Fortune[]): string {
  let out = '<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>\n';
  for (const fortune of all) out += `<tr><td>${e(fortune.id)}</td><td>${e(fortune.message)}</td></tr>\n`;
  return `${out}</table></body></html>\n`;
}

const rows: Row[] = Array.from({ length: 1000 }, (_, i) => ({
  a: i,
  b: `name ${i}`,
  c: i % 10 === 0 ? `<b>"${i}"</b> & more` : `a longer text without anything to escape, number ${i}`,
  d: ((i * 37) % 10_000) / 100,
  e: i % 2 === 0,
}));
const messages = [
  'fortune: No such file or directory',
  "A computer scientist is someone who fixes things that aren't broken.",
  'After enough decimal places, nobody gives a damn.',
  '<script>alert("This should not be displayed in a browser alert box.");</script>',
  'フレームワークのベンチマーク',
  'Feature: A bug with seniority.',
];
const list: Fortune[] = Array.from({ length: 12 }, (_, i) => ({ id: i + 1, message: messages[i % messages.length] as string }));

let sink = 0;

/** Microseconds per call. A sent page is flat, so the result is flattened, which a rope would put off. */
function time(work: () => string, times: number): number {
  const start = performance.now();
  for (let i = 0; i < times; i++) sink += Buffer.byteLength(work());
  return ((performance.now() - start) * 1000) / times;
}

/** Microseconds per call of each, the medians of rounds in which they take turns. */
function race(times: number, works: readonly (() => string)[]): number[] {
  const results: number[][] = works.map(() => []);
  for (let i = 0; i < ROUNDS + 3; i++) {
    for (let n = 0; n < works.length; n++) {
      const which = (n + i) % works.length;
      const took = time(works[which] as () => string, times);
      if (i >= 3) results[which]?.push(took);
    }
  }
  return results.map((of) => of.sort((one, other) => one - other)[of.length >> 1] as number);
}

function compare(name: string, times: number, engine: () => string, others: Record<string, () => string>): void {
  const expected = visible(engine());
  for (const [other, work] of Object.entries(others)) {
    if (visible(work()) !== expected) throw new Error(`${name}: ${other} prints something else`);
  }
  const [ours, ...theirs] = race(times, [engine, ...Object.values(others)]) as [number, ...number[]];
  console.log(`${name.padEnd(28)} ${ours.toFixed(2)} µs`);
  Object.keys(others).forEach((other, i) => {
    const took = theirs[i] as number;
    console.log(`  ${other.padEnd(26)} ${took.toFixed(2)} µs, ${(took / ours).toFixed(2)} times as long`);
  });
}

/** Engines differ in the entities they write and in the white space their code leaves behind. */
function visible(html: string): string {
  return html
    .replace(/\s+/g, ' ')
    .replaceAll('&#34;', '&quot;')
    .replace(/ (?=<tr>|<\/table>)/g, '');
}

// What a user would install of each, escaping by each engine's own function.
const etaEngine = new Eta({ autoEscape: true });
const etaSource = `<table>
<% for (const row of it.rows) { %>
  <tr><td><%= row.a %></td><td><%= row.b %></td><td><%= row.c %></td><td><%= row.d %></td><td><%= row.e %></td></tr>
<% } %>
</table>
`;
const etaTable = etaEngine.compile(etaSource);
const ejsTable = ejs.compile(
  `<table>
<% for (const row of rows) { -%>
  <tr><td><%= row.a %></td><td><%= row.b %></td><td><%= row.c %></td><td><%= row.d %></td><td><%= row.e %></td></tr>
<% } -%>
</table>
`,
  { compileDebug: false },
);
const nunjucksTable = new nunjucks.Template(
  `<table>
{% for row in rows %}
  <tr><td>{{ row.a }}</td><td>{{ row.b }}</td><td>{{ row.c }}</td><td>{{ row.d }}</td><td>{{ row.e }}</td></tr>
{% endfor %}
</table>
`,
  new nunjucks.Environment(null, { autoescape: true, trimBlocks: true }),
);

compare('table, 1,000 rows × 5 cells', 30, () => table.render({ rows }), {
  'by hand': () => tableByHand(rows),
  Eta: () => etaTable.call(etaEngine, { rows }, {}),
  EJS: () => ejsTable({ rows }),
  Nunjucks: () => nunjucksTable.render({ rows }),
  'Eta by its adapter': () => etaTemplate(etaSource, { rows }),
});
compare('fortunes, 12 rows', 10_000, () => fortunes.render({ fortunes: list }), { 'by hand': () => fortunesByHand(list) });

const block = '<p class="{{kind}}">{{title}} by {{author.name}}</p>\n% for item of items:\n<li>{{item}} {{!item}}</li>\n% end\n';
const compile = (i: number) => {
  const start = performance.now();
  sink += new SimpleTemplate(`${block.repeat(125)}${i}`).render({ kind: 1, title: 2, author: {}, items: [] }).length;
  return performance.now() - start;
};
const times = Array.from({ length: 15 }, (_, i) => compile(i));
const [first] = times as [number];
const middle = times.sort((a, b) => a - b)[7] as number;
console.log(`compiling 500 lines           ${middle.toFixed(2)} ms, the first time ${first.toFixed(2)} ms`);
if (sink < 0) console.log(sink);
