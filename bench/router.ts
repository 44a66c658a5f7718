/**
 * Nanoseconds per match at 10, 100, 1,000 and 10,000 rules: the cost should not grow with their number.
 * Run: node --import tsx bench/router.ts
 */
import { Router } from '../src/routing/router.js';

interface Scene {
  title: string;
  rule(i: number): string;
  path(i: number): string;
}

const scenes: Scene[] = [
  { title: 'static', rule: (i) => `/static/page${i}`, path: (i) => `/static/page${i}` },
  { title: 'int', rule: (i) => `/resource${i}/<id:int>`, path: (i) => `/resource${i}/12345` },
  { title: 'name + name', rule: (i) => `/r${i}/<a>/items/<b>`, path: (i) => `/r${i}/alpha/items/beta` },
  { title: 'leading wildcard', rule: (i) => `/<user>/r${i}/<id:int>`, path: (i) => `/someone/r${i}/12345` },
  { title: 'partial segment', rule: (i) => `/f${i}/<name>.<ext>`, path: (i) => `/f${i}/report.2024.pdf` },
  { title: 'path', rule: (i) => `/files${i}/<file:path>`, path: (i) => `/files${i}/a/b/c/d.txt` },
  { title: 'path in front', rule: (i) => `/<file:path>/r${i}`, path: (i) => `/a/b/c/d/r${i}` },
  { title: 're', rule: (i) => `/r${i}/<tag:re:[a-z]{2,8}>`, path: (i) => `/r${i}/abcdef` },
  { title: 're in front', rule: (i) => `/<tag:re:[a-z/]*[a-z]>/r${i}`, path: (i) => `/abc/def/r${i}` },
  { title: 'no match', rule: (i) => `/r${i}/<a>/items/<b>`, path: (i) => `/r${i}/alpha/things` },
  { title: 'percent-encoded', rule: (i) => `/r${i}/<a>`, path: (i) => `/r${i}/stra%C3%9Fe` },
];

const sizes = [10, 100, 1_000, 10_000];
const row = (cells: (string | number)[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(20) : String(cell).padStart(10))).join(''));

row(['ns per match', ...sizes.map((size) => `${size}`), '×']);
for (const scene of scenes) {
  const figures = sizes.map((size) => measure(scene, size));
  row([scene.title, ...figures.map((figure) => figure.toFixed(0)), ((figures.at(-1) ?? 0) / (figures[0] ?? 1)).toFixed(2)]);
}

const begin = process.hrtime.bigint();
const large = new Router<number>();
for (let i = 0; i < 10_000; i++) large.add(`/resource${i}/<id:int>/<name>`, 'GET', i);
const added = process.hrtime.bigint();
large.match('GET', '/resource0/1/a');
console.log(
  `10,000 rules: added in ${Number(added - begin) / 1e6} ms, first match ${Number(process.hrtime.bigint() - added) / 1e6} ms`,
);

/** The best of several rounds, each over a hundred of the rules evenly spread. */
function measure(scene: Scene, size: number): number {
  const router = new Router<number>();
  for (let i = 0; i < size; i++) router.add(scene.rule(i), 'GET', i);
  // Flat strings, as a server has them, not the concatenations that a template makes.
  const paths = Array.from({ length: 100 }, (_, i) => Buffer.from(scene.path(Math.floor((i * size) / 100))).toString('latin1'));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 1_000; i++) for (const path of paths) router.match('GET', path);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 100_000);
  }
  return best;
}
