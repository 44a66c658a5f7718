// Runs one program with the packed package under the tools that its users have: Node, tsx, an esbuild bundle, Jest, Vitest, Bun, Deno.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
/** The optional peers that the program uses, and what the docs tell users to install for tests. */
const peers = ['class-validator', 'class-transformer', 'better-sqlite3', '@swc/core', '@swc/jest', 'tsx'];
const program = new URL('check-package-program.ts', import.meta.url);
const wanted = `${JSON.stringify({
  greeting: 'Hello Ada! *',
  created: { title: 'A post', rating: 5, isInstance: true },
  refused: [422, '/rating'],
  file: 'text/css; charset=UTF-8',
  served: { id: 7 },
  stored: 2,
})}\n`;

/**
 * Checks the tools that the main installation has.
 *
 * @param {string} work a folder in which the package is installed
 * @returns {Promise<string[]>} the problems
 */
export async function checkTools(work) {
  const { compiled, bundle } = await writeProgram(work);
  const program = [
    ...(await checkProgram('Node', process.execPath, [compiled], work)),
    ...(await checkProgram('Node, as one esbuild bundle,', process.execPath, [bundle], work)),
    ...(await checkProgram('tsx', 'tsx', ['main.ts'], work)),
  ];
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  return [
    ...program,
    ...(await checkStack(work)),
    ...(await checkTests('Jest', process.execPath, ['--experimental-vm-modules', jest], work)),
    ...(await checkTests('node:test', process.execPath, ['--import', 'tsx', '--test', 'program.node.ts'], work)),
    ...(await checkTests('Vitest', 'vitest', ['run', '--root', work], work)),
  ];
}

/** The same for Bun and Deno, which are installed apart, in test/runtimes. SQLite is left out: its driver is one of Node. */
export async function checkRuntimes(work) {
  const { compiled } = await writeProgram(work);
  const found = [];
  for (const [name, args] of [
    ['bun', [compiled]],
    ['deno', ['run', '--allow-all', compiled]],
  ]) {
    found.push(...(await checkProgram(name, join(root, 'test/runtimes/node_modules/.bin', name), args, work)));
  }
  return found;
}

/** Writes the program, its compiled form and its bundle, a test of it, and what the docs say to configure (docs/guides/testing.md). */
async function writeProgram(work) {
  for (const name of peers) {
    const link = join(work, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'junction');
  }
  const write = (name, text) => writeFileSync(join(work, name), text);
  write('package.json', '{ "private": true, "type": "module" }');
  write('tsconfig.json', '{ "compilerOptions": { "target": "es2022", "experimentalDecorators": true } }');
  write('style.css', 'body {}');
  write('program.ts', readFileSync(program));
  write('main.ts', `import { answers } from './program.js';\nconsole.log(JSON.stringify(await answers()));\n`);
  write(
    'program.test.ts',
    `import { answers } from './program.js';
    test('the package works here', async () => {
      expect(JSON.stringify(await answers()) + '\\n').toBe(${JSON.stringify(wanted)});
    });`,
  );
  write(
    'program.node.ts',
    `import assert from 'node:assert/strict';
    import test from 'node:test';
    import { answers } from './program.js';
    test('the package works here', async () => assert.equal(JSON.stringify(await answers()) + '\\n', ${JSON.stringify(wanted)}));`,
  );
  write('jest.config.js', documented('jest.config.js'));
  write('vitest.config.js', 'export default { test: { globals: true } };');
  const compiled = join(work, 'compiled.mjs');
  const bundle = join(work, 'bundle.mjs');
  const common = {
    absWorkingDir: work,
    entryPoints: ['main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  };
  await build({ ...common, outfile: compiled, packages: 'external' });
  // The driver finds its native part beside itself.
  await build({ ...common, outfile: bundle, external: ['better-sqlite3'] });
  return { compiled, bundle };
}

/** A file of the page on testing, as its readers copy it. */
function documented(name) {
  const page = readFileSync(join(root, 'docs/guides/testing.md'), 'utf8');
  return page.split(`\`\`\`js ${name}\n`)[1].split('```')[0];
}

async function checkProgram(tool, command, args, work) {
  const { output } = await run(command, args, { cwd: work });
  // Deno prints a notice of its own before.
  return output.endsWith(wanted) ? [] : [`Under ${tool} the packed package says\n${output}instead of\n${wanted}`];
}

async function checkTests(tool, command, args, work) {
  const { code, output } = await run(command, args, { cwd: work });
  // A run without tests proves nothing.
  return code === 0 && /1 passed|pass 1/.test(output) ? [] : [`The packed package fails under ${tool}:\n${output}`];
}

/** The stack traces of an installation name the files and functions of the source. */
async function checkStack(work) {
  const script = `import { Bottle } from 'bottlenose'; try { new Bottle().mount(7); } catch (error) { console.log(error.stack); }`;
  const { output } = await run(process.execPath, ['--enable-source-maps', '--input-type=module', '--eval', script], {
    cwd: work,
  });
  const isReadable = /at Bottle\.mount \(.*src\/app\/bottle\.ts:\d+:\d+\)/.test(output);
  return isReadable ? [] : [`A stack trace does not name the source:\n${output}`];
}
