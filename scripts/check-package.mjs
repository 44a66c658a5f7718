// Checks what `npm publish` would give to users: the files, the entry points, the types, that it loads where nothing but its own
// dependencies is installed, and what an installation weighs. Works offline, on a built dist/.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { run } from './run.mjs';

/** With everything that an installation brings, source maps not counted (api: 4 MB). */
const limits = { dependencies: 8, bytes: 4_000_000 };
/** Entry points that are of no use without an optional peer, and may ask for it. */
const needPeers = { './sqlite': ['better-sqlite3'] };

const root = resolve(import.meta.dirname, '..');
const manifest = readJSON(join(root, 'package.json'));
const work = mkdtempSync(join(tmpdir(), 'package-'));
const problems = [];

try {
  const tarball = await pack();
  if (tarball) {
    checkFiles(tarball.files);
    await checkEntryPoints(tarball.path);
    await checkLoading(tarball.path);
    await checkTools();
    checkWeight(tarball.size);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

async function pack() {
  const { code, output } = await run('npm', [
    'pack',
    '--json',
    '--ignore-scripts',
    '--loglevel=error',
    '--pack-destination',
    work,
  ]);
  if (code !== 0) {
    problems.push(`npm pack failed:\n${output}`);
    return undefined;
  }
  const name = readdirSync(work).find((entry) => entry.endsWith('.tgz'));
  const { files } = JSON.parse(output.slice(output.search(/^[[{]/m)))[0];
  const weighed = files.filter(({ path }) => !path.endsWith('.map'));
  const size = weighed.reduce((sum, file) => sum + file.size, 0);
  return { path: join(work, name), files: files.map(({ path }) => path), size };
}

/** Only what users need, and all that the entry points promise. */
function checkFiles(files) {
  const wanted =
    /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|docs\/(?:guides\/|coming-from\/)?[a-z-]+\.md|dist\/(?!.*\.test\.).*\.(js|js\.map|d\.ts|html|css|tpl))$/;
  for (const file of files) if (!wanted.test(file)) problems.push(`${file} is in the package, and no user needs it`);
  const promised = [
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'docs/errors.md',
    ...targets(manifest.exports),
    ...Object.values(manifest.bin ?? {}),
  ];
  for (const target of promised.map((path) => path.replace(/^\.\//, ''))) {
    if (!files.includes(target)) problems.push(`${target} is missing in the package`);
  }
}

async function checkEntryPoints(tarball) {
  const bytes = readFileSync(tarball);
  const pack = { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
  const { messages, pkg } = await publint({ pack, strict: true });
  for (const message of messages) {
    if (message.type !== 'suggestion') problems.push(`publint: ${formatMessage(message, pkg, { color: false })}`);
  }
  const { code, output } = await run('attw', [
    tarball,
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--no-color',
    '--format',
    'ascii',
  ]);
  if (code !== 0) problems.push(`attw: ${output}`);
}

/** Imports every entry point in a place where only the package and its dependencies are. Classes must have kept their names. */
async function checkLoading(tarball) {
  const modules = join(work, 'node_modules');
  const home = join(modules, manifest.name);
  mkdirSync(home, { recursive: true });
  const unpacked = await run('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
  if (unpacked.code !== 0) problems.push(`tar: ${unpacked.output}`);
  for (const [name, path] of closure()) {
    const link = join(modules, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(path, link, 'junction');
  }
  for (const entry of Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))) {
    const specifier = join(manifest.name, entry).replaceAll('\\', '/');
    const script = `for (const [name, value] of Object.entries(await import('${specifier}'))) {
      if (typeof value === 'function' && String(value).startsWith('class') && value.name !== name) throw new Error(name + ' calls itself ' + value.name);
    }`;
    const { code, output } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: work });
    const excused = needPeers[entry]?.some((peer) => output.includes(`Cannot find package '${peer}'`));
    if (code !== 0 && !excused)
      problems.push(`import '${specifier}' fails where only the dependencies are installed, or its names are lost:\n${output}`);
  }
}

/** The package works as it is, in one file with a program, and under Jest, whose world has an `Error` and a `Date` of its own. */
async function checkTools() {
  const file = join(work, 'program.mjs');
  writeFileSync(
    file,
    `import { Bottle, compileValidator, SimpleTemplate, staticFile } from 'bottlenose';
    import { cors } from 'bottlenose/plugins';
    const app = new Bottle();
    app.install(cors());
    app.get('/<id:int>', (args) => args);
    app.get('/file', () => staticFile('program.mjs', { root: process.cwd() }));
    const server = await app.run({ port: 0, quiet: true });
    const answer = await fetch(server.url + '/7');
    console.log(await answer.text(), answer.headers.get('access-control-allow-origin'));
    await server.close();
    class Nothing {}
    console.log(compileValidator(Nothing).parse({}) instanceof Nothing);
    console.log((await app.fetch(new Request('http://localhost/file'))).headers.get('content-type'));
    console.log(new SimpleTemplate('{{1 + 1}}').render());`,
  );
  const bundle = join(work, 'bundle.mjs');
  await build({ entryPoints: [file], outfile: bundle, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  const wanted = '{"id":7} *\ntrue\ntext/javascript; charset=UTF-8\n2\n';
  for (const path of [file, bundle]) {
    const { output } = await run(process.execPath, [path], { cwd: work });
    if (output !== wanted) problems.push(`${path} says\n${output}instead of\n${wanted}`);
  }
  writeFileSync(
    join(work, 'it.test.mjs'),
    `import { SimpleTemplate } from 'bottlenose';
    import { cors } from 'bottlenose/plugins';
    test('the package is of this world', () => {
      expect(cors()).toBeInstanceOf(Object);
      expect(new SimpleTemplate('{{1 + 1}}').render()).toBe('2');
    });`,
  );
  const config = JSON.stringify({ rootDir: work, transform: {}, testMatch: ['**/*.test.mjs'] });
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const { code, output } = await run(process.execPath, ['--experimental-vm-modules', jest, '--config', config], { cwd: work });
  if (code !== 0) problems.push(output);
}

function checkWeight(own) {
  const dependencies = closure();
  if (dependencies.size > limits.dependencies) {
    problems.push(
      `${dependencies.size} runtime dependencies (${[...dependencies.keys()].join(', ')}), at most ${limits.dependencies}`,
    );
  }
  const weights = [...dependencies].map(([name, path]) => [name, weigh(path)]);
  weights.push([manifest.name, own]);
  const total = weights.reduce((sum, [, bytes]) => sum + bytes, 0);
  const list = weights.map(([name, bytes]) => `${name} ${Math.ceil(bytes / 1000)}`).join(', ');
  const summary = `${dependencies.size} dependencies, installed ${Math.ceil(total / 1000)} kB (${list})`;
  if (total > limits.bytes) problems.push(`${summary}: at most ${limits.bytes / 1000} kB`);
  else console.log(summary);
}

/** Every package that comes with an installation, transitively: name → folder. */
function closure() {
  const found = new Map();
  const visit = ({ dependencies = {}, optionalDependencies = {} }, from) => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const path = find(name, from);
      if (!path || found.has(name)) continue;
      found.set(name, path);
      visit(readJSON(join(path, 'package.json')), path);
    }
  };
  visit(manifest, root);
  return found;
}

/** The folder that Node resolves `name` to from `from`. */
function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function weigh(path) {
  const entries = readdirSync(path, { withFileTypes: true }).filter(
    ({ name }) => name !== 'node_modules' && !name.endsWith('.map'),
  );
  const sizes = entries.map((entry) =>
    entry.isDirectory() ? weigh(join(path, entry.name)) : statSync(join(path, entry.name)).size,
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function targets(exports) {
  return typeof exports === 'string' ? [exports] : Object.values(exports).flatMap(targets);
}

function readJSON(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
