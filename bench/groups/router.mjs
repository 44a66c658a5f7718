import findMyWay from 'find-my-way';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import { addRoute, createRouter, findRoute } from 'rou3';
import { Bottle } from '../../dist/index.js';
import { microRace } from '../micro.mjs';

const SIZES = [10, 100, 1_000, 10_000];
/** Rules as each router writes its wildcards, and a path of each. */
const scenes = {
  static: { title: 'Static rules', rule: (i) => `/static/page${i}`, path: (i) => `/static/page${i}` },
  one: { title: 'One wildcard', rule: (i, of) => `/resource${i}/${of('id')}`, path: (i) => `/resource${i}/12345` },
  several: {
    title: 'Three wildcards',
    rule: (i, of) => `/r${i}/${of('a')}/items/${of('b')}/parts/${of('c')}`,
    path: (i) => `/r${i}/alpha/items/beta/parts/gamma`,
  },
  miss: { title: 'No match', rule: (i, of) => `/r${i}/${of('a')}/items/${of('b')}`, path: (i) => `/r${i}/alpha/things/beta` },
};

const colon = (name) => `:${name}`;
const hono = (make) => (rules) => {
  const router = make();
  for (const [i, rule] of rules(colon).entries()) router.add('GET', rule, i);
  return (path) => router.match('GET', path)[0].length > 0;
};

/** As Fastify has it, and as it has it with `routerOptions: { compile: true }`. */
function fastify(prepare = () => undefined) {
  return (rules) => {
    const router = findMyWay();
    for (const rule of rules(colon)) router.on('GET', rule, () => undefined);
    prepare(router);
    return (path) => router.find('GET', path) !== null;
  };
}

const routers = {
  bottlenose: (rules) => {
    const { router } = new Bottle();
    for (const [i, rule] of rules((name) => `<${name}>`).entries()) router.add(rule, 'GET', i);
    return (path) => router.match('GET', path) !== null;
  },
  'find-my-way': fastify(),
  'find-my-way, compiled': fastify((router) => router.compile()),
  rou3: (rules) => {
    const router = createRouter();
    for (const [i, rule] of rules(colon).entries()) addRoute(router, 'GET', rule, i);
    return (path) => findRoute(router, 'GET', path) !== undefined;
  },
  "Hono's SmartRouter": hono(() => new SmartRouter({ routers: [new RegExpRouter(), new TrieRouter()] })),
  "Hono's RegExpRouter": hono(() => new RegExpRouter()),
  "Hono's TrieRouter": hono(() => new TrieRouter()),
};

/** Hono's expression for 10,000 rules with wildcards takes minutes or is refused; its trie goes through all of a level. */
const isTooMuch = (name, size) => size > 1000 && name.startsWith('Hono');

export const tables = Object.entries(scenes).map(([id, { title, rule, path }]) => ({
  id: `router-${id}`,
  title,
  async measure({ quick, rounds = quick ? 3 : 7 }) {
    const rows = Object.keys(routers).map((name) => [name]);
    for (const size of SIZES) {
      const rules = (of) => Array.from({ length: size }, (_, i) => rule(i, of));
      const bytes = Array.from({ length: 100 }, (_, i) => Buffer.from(path(Math.floor((i * size) / 100))));
      // As a server has them: flat, and each a string that was never looked at before. One that was looked up in an object or a map
      // keeps its hash, and is found the faster the next time; no path of a request is ever the same string again.
      const input = () => bytes.map((path) => path.latin1Slice());
      const works = {};
      for (const [name, make] of Object.entries(routers)) {
        if (isTooMuch(name, size)) continue;
        const find = make(rules);
        for (const one of input()) if (find(one) !== (id !== 'miss')) throw new Error(`${name}: ${one}`);
        works[name] = (paths) => {
          let found = 0;
          for (const one of paths) if (find(one)) found++;
          return found;
        };
      }
      const figures = await microRace(works, { rounds, time: 15, input });
      for (const row of rows) row.push(figures[row[0]] === undefined ? '–' : (figures[row[0]] / bytes.length).toFixed(0));
    }
    return { columns: SIZES.map((size) => `${size.toLocaleString('en')} rules`), rows };
  },
}));
