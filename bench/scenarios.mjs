// The whole-server scenarios: what is asked, what has to come back, and who takes part. The first contestant is what the others
// are compared with.
import { readFileSync } from 'node:fs';
import { CHUNKS, IDS, post, TEXT } from './contestants/data.mjs';

/** Every contestant, by the name that the tables show: the module in contestants/, and its environment. */
export const contestants = {
  'node:http': { module: 'bare' },
  bottlenose: { module: 'bottlenose' },
  Fastify: { module: 'fastify' },
  Hono: { module: 'hono' },
  Koa: { module: 'koa' },
  Express: { module: 'express' },
  'NestJS + Fastify': { module: 'nest' },
  'NestJS + Express': { module: 'nest', env: { PLATFORM: 'express' } },
  'routing-controllers': { module: 'routing-controllers' },
  'Ts.ED': { module: 'tsed' },
  'uWebSockets.js': { module: 'uws' },
  'bottlenose, uws': { module: 'bottlenose', env: { SERVER: 'uws' } },
  'bottlenose, cluster': { module: 'bottlenose', env: { SERVER: 'cluster' } },
};

const everybody = Object.keys(contestants);
const four = ['node:http', 'bottlenose', 'Fastify', 'Hono', 'Koa', 'Express'];
const stored = ['node:http', 'bottlenose', 'Fastify', 'bottlenose, uws'];

const json = (value) => (text) => same(JSON.parse(text), value);
const exact = (value) => (text) => same(text, value);
const entity = { '&#39;': "'", '&#34;': '"', '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' };
/** A page as it shows: engines differ in the entities they write, and in white space between tags. */
const shown = (html) =>
  html
    .replace(/>\s+</g, '><')
    .trim()
    .replace(/&[#\w]+;/g, (name) => entity[name] ?? name);

function same(found, expected) {
  const [left, right] = [found, expected].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`${left}\n  instead of ${right}`);
}

const made = { title: 'A validated post', author: 'Ada', rating: 5, tags: ['a', 'b', 'c'] };
const row = (id) => ({ id, title: `Post ${id}`, body: `The text of post ${id}.` });
const asJson = (value) => ({ method: 'POST', body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } });

export const scenarios = {
  text: { title: 'Plain text', path: '/hello', check: exact(TEXT), who: everybody },
  json: { title: 'JSON with one int wildcard', path: '/api/posts/7', check: json(post(7)), who: everybody, isGoal: true },
  body: {
    title: 'POST of a validated DTO (node:http and uWebSockets.js parse and write it, and do not validate)',
    path: '/posts',
    request: asJson(made),
    check: json(made),
    refused: {
      path: '/posts',
      request: asJson({ ...made, rating: 6 }),
      by: everybody.filter((name) => !/node:http|uWeb/.test(name)),
    },
    who: everybody,
    isGoal: true,
  },
  query: {
    title: 'A query as a validated DTO, two of its four fields numbers (node:http and uWebSockets.js do not validate)',
    path: '/search?q=bottle&page=2&size=20&sort=newest',
    check: json({ q: 'bottle', page: 2, size: 20, sort: 'newest' }),
    refused: {
      path: '/search?q=bottle&page=2&size=200&sort=newest',
      by: everybody.filter((name) => !/node:http|uWeb/.test(name)),
    },
    who: everybody.filter((name) => name !== 'bottlenose, cluster'),
  },
  read: { title: 'SQLite: one read', path: '/posts/7', check: json(row(7)), who: [...stored, 'uWebSockets.js'], isGoal: true },
  reads: { title: 'SQLite: 20 reads', path: '/posts', check: json(IDS.map(row)), who: stored },
  fortunes: { title: 'SQLite and a template: the fortunes page', path: '/fortunes', check: fortunes, who: stored },
  write: {
    title: 'SQLite: one write in a transaction',
    path: '/posts/7',
    request: { method: 'POST' },
    check: json({ id: 7, visited: 1 }),
    who: stored,
  },
  file: {
    title: 'A static file of 10 KB',
    path: '/files/page.html',
    check: exact('<p>A line of the page.</p>\n'.repeat(380).slice(0, 10_240)),
    who: four,
  },
  plugins: { title: 'JSON with 50 plugins that the route does not use', path: '/api/posts/7', check: json(post(7)), who: four },
  routes: {
    title: 'A route among 1,000, two wildcards',
    path: '/r500/alpha/items/beta',
    check: json({ route: 500, a: 'alpha', b: 'beta' }),
    who: four,
  },
  stream: { title: 'A stream of 100 chunks', path: '/stream', check: exact(CHUNKS.join('')), who: [...four, 'bottlenose, uws'] },
};

function fortunes(html) {
  const rows = [...shown(html).matchAll(/<tr><td>(\d+)<\/td><td>(.*?)<\/td><\/tr>/g)].map(([, id, message]) => [id, message]);
  same(rows.length, 13);
  same(rows[0], ['11', '<script>alert("This should not be displayed in a browser alert box.");</script>']);
  same(rows.at(-1)[1], 'フレームワークのベンチマーク');
  if (/<script>/.test(html)) throw new Error('the fortunes are not escaped');
}

/** Asks a server once, and throws unless it answers as the scenario says; a mistake has to be refused where that is promised. */
export async function prove(scenario, name, url) {
  const { path, request = {}, check, refused } = scenario;
  const answer = await fetch(url + path, request);
  if (answer.status !== 200) throw new Error(`${name}, ${scenario.title}: status ${answer.status}\n${await answer.text()}`);
  try {
    check(await answer.text());
  } catch (error) {
    throw new Error(`${name}, ${scenario.title}: ${error.message}`);
  }
  if (refused?.by.includes(name)) {
    const { status } = await fetch(url + refused.path, refused.request ?? {});
    if (status < 400 || status >= 500) throw new Error(`${name}, ${scenario.title}: a mistake is answered with ${status}`);
  }
}

/** The version of a package as it is installed for the benchmarks, or by this repository. */
export function versionOf(name) {
  for (const folder of ['./node_modules/', '../node_modules/']) {
    try {
      return JSON.parse(readFileSync(new URL(`${folder}${name}/package.json`, import.meta.url), 'utf8')).version;
    } catch {
      // The next one.
    }
  }
  return 'not installed';
}
