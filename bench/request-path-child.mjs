// Answers GET /hello/ada with one framework, and tells which code runs for it, by V8's precise coverage: started by
// request-path.mjs, which gets the counts as a message.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { Session } from 'node:inspector/promises';
import { register, SourceMap } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';

const WARM = 50;
/** Code that runs for each of these requests belongs to a request. What timers run beside some of them does not. */
const COUNTED = 5;
/** V8's name of what gives an object its fields. It has no length: it covers the class up to the last field, methods included. */
const FIELDS = '<instance_members_initializer>';
/** A line that has nothing else is not counted. */
const CLOSING = /^[)}\];,]$/;

const root = new URL('../', import.meta.url).href;
const sources = `${root}src/`;
const [contestant] = process.argv.slice(2);
const session = new Session();
session.connect();
await session.post('Debugger.enable');
await session.post('Profiler.enable');
// Before any code is loaded: V8 counts blocks only in functions that are compiled afterwards.
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

const scripts = new Map();
process.send(
  contestant === 'bottlenose' ? await ownCounts() : await count((await import(`./contestants/${contestant}.mjs`)).hello),
);
process.disconnect();

async function ownCounts() {
  register('./typescript-loader.mjs', import.meta.url);
  const { Bottle, Controller, Get } = await import('../src/index.ts');
  const loaded = await loadedSources();
  class Hello {
    hello(name) {
      return { hello: name };
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Hello.prototype, 'hello');
  Get('/<name>')(Hello.prototype, 'hello', descriptor);
  Controller('/hello')(Hello);
  const serve = async () => {
    const app = new Bottle();
    app.mount(Hello);
    return (await app.run({ server: 'node', host: '127.0.0.1', port: 0, quiet: true })).url;
  };
  return { ...(await count(serve)), loaded };
}

/** The files of src/ that are loaded by now, with their lines of code. */
async function loadedSources() {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const urls = [...new Set(result.map(({ url }) => url))].filter((url) => url.startsWith(sources));
  return urls.map((url) => ({ file: url.slice(root.length), lines: linesOfCode(readFileSync(fileURLToPath(url), 'utf8')) }));
}

/** Lines that are neither blank nor part of a comment that starts its line. */
function linesOfCode(text) {
  let isComment = false;
  let lines = 0;
  for (const line of text.split('\n')) {
    const code = line.trim();
    if (!isComment && code !== '' && !/^(\/\/|\/\*)/.test(code)) lines++;
    if (isComment ? code.includes('*/') : code.startsWith('/*') && !code.includes('*/')) isComment = !isComment;
  }
  return lines;
}

/** The files, functions and lines that run for a request, without those of node and of bench/ itself. */
async function count(serve) {
  const url = `${await serve()}/hello/ada`;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < WARM; i++) await ask(url, agent);
  const rounds = [];
  for (let i = 0; i < COUNTED; i++) {
    await session.post('Profiler.takePreciseCoverage');
    await ask(url, agent);
    rounds.push((await session.post('Profiler.takePreciseCoverage')).result.filter(isCounted));
  }
  agent.destroy();
  const [first, ...others] = await Promise.all(rounds.map(liveCode));
  const files = [];
  for (const [file, live] of first) {
    const same = others.map((round) => round.get(file));
    if (same.includes(undefined)) continue;
    const functions = live.functions.filter(({ id }) => same.every((one) => one.functions.some((other) => other.id === id)));
    const lines = [...live.lines].filter((line) => same.every((one) => one.lines.has(line)));
    if (functions.length > 0) files.push({ file, functions, lines: lines.length });
  }
  return { files: files.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

function isCounted({ url }) {
  return url.startsWith(sources) || /\/node_modules\/(?!esbuild\/|acorn\/)/.test(url);
}

/** Resolves when the answer is read and the server has no more to do for it. */
async function ask(url, agent) {
  const text = await new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
  if (text !== '{"hello":"ada"}') throw new Error(`${contestant} answers '${text}'`);
  for (let i = 0; i < 3; i++) await turn();
}

/** A script's text, its tokens, and how its positions translate into those of the source. */
async function scriptOf({ scriptId, url }) {
  const known = scripts.get(scriptId);
  if (known !== undefined) return known;
  const { scriptSource: text } = await session.post('Debugger.getScriptSource', { scriptId });
  const mapped = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(text);
  const map = url.endsWith('.ts') ? new SourceMap(JSON.parse(Buffer.from(mapped[1], 'base64').toString())) : undefined;
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return (map?.findEntry(low, offset - starts[low]).originalLine ?? low) + 1;
  };
  const tokens = [];
  const options = { ecmaVersion: 'latest', onToken: tokens, allowHashBang: true, allowReturnOutsideFunction: true };
  try {
    parse(text, { ...options, sourceType: 'module' });
  } catch {
    tokens.length = 0;
    parse(text, { ...options, sourceType: 'script' });
  }
  const script = { tokens, lineOf };
  scripts.set(scriptId, script);
  return script;
}

/** By file: the functions that were called, and the lines of the source with a token that was reached. */
async function liveCode(coverage) {
  const live = new Map();
  for (const entry of coverage) {
    const called = entry.functions.filter(({ functionName, ranges }) => ranges[0].count > 0 && !isModule(functionName, ranges));
    if (called.length === 0) continue;
    const { tokens, lineOf } = await scriptOf(entry);
    const functions = called.map(({ functionName, ranges: [{ startOffset, endOffset }] }) => {
      const line = lineOf(startOffset);
      if (functionName === FIELDS) return { id: startOffset, name: '(fields)', line };
      return { id: startOffset, name: functionName || '(anonymous)', line, length: lineOf(endOffset - 1) - line + 1 };
    });
    // Ranges nest, and of those that start together the larger comes first: the last one around a token is the innermost.
    const ranges = entry.functions.flatMap((one) => one.ranges);
    ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
    const lines = new Set();
    const around = [];
    let next = 0;
    for (const { start, end, type } of tokens) {
      for (; next < ranges.length && ranges[next].startOffset <= start; next++) around.push(ranges[next]);
      while (around.length > 0 && around.at(-1).endOffset <= start) around.pop();
      if (!(around.at(-1)?.count > 0) || CLOSING.test(type.label)) continue;
      for (let line = lineOf(start); line <= lineOf(end - 1); line++) lines.add(line);
    }
    live.set(fileOf(entry.url), { functions: functions.sort((a, b) => a.line - b.line), lines });
  }
  return live;
}

/** V8 reports a module's own code as a function without a name that covers the whole script. */
function isModule(name, [{ startOffset }]) {
  return name === '' && startOffset === 0;
}

function fileOf(url) {
  return url.startsWith(sources) ? url.slice(root.length) : url.slice(url.lastIndexOf('/node_modules/') + 14);
}
