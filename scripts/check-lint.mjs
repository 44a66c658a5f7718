// Lint and format check by Biome, after proving that its configuration still catches the habits which matter most. A rule that
// was renamed, or that an override no longer reaches, would otherwise go quiet unnoticed.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from './run.mjs';

const root = resolve(import.meta.dirname, '..');
const offences = {
  'lint/suspicious/noImportCycles': "import { b } from './b.js';\n\nexport const a = () => b;\n",
  'lint/suspicious/noExplicitAny': 'export const a: any = 1;\n',
  'lint/correctness/noUnusedVariables': 'const a = 1;\n',
  'lint/correctness/noUnusedImports': "import { b } from './c.js';\n",
  'lint/style/useImportType': "import { B } from './c.js';\n\nexport const a: B[] = [];\n",
  'lint/style/useConsistentMemberAccessibility': 'export class A {\n  private a() {}\n}\n',
  'lint/style/useNodejsImportProtocol': "export * from 'fs';\n",
  format: 'export const a = "double quotes and no semicolon"\n',
};
const innocence = 'export class A {\n  #a = 1;\n  m(@P() a: string) {\n    return this.#a + a;\n  }\n}\n';

async function check(cwd, ...flags) {
  return run('biome', ['check', '--error-on-warnings', '--max-diagnostics=100', '--colors=off', ...flags], { cwd });
}

/** What is reported of a file for each of the offences above, and of one that holds none. */
async function selfTest() {
  const work = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    mkdirSync(join(work, 'src/http'), { recursive: true });
    copyFileSync(join(root, 'biome.json'), join(work, 'biome.json'));
    const files = Object.entries(offences).map(([rule, text], index) => [
      rule,
      index === 0 ? 'a.ts' : `offence-${index}.ts`,
      text,
    ]);
    for (const [, name, text] of files) writeFileSync(join(work, 'src/http', name), text);
    writeFileSync(join(work, 'src/http/b.ts'), "import { a } from './a.js';\n\nexport const b = () => a;\n");
    writeFileSync(join(work, 'src/http/innocent.ts'), innocence);
    const { output } = await check(join(work), '--reporter=github', 'src');
    const missed = files.filter(([rule, name]) => !new RegExp(`title=${rule},file=[^,]*${name},`).test(output));
    if (missed.length > 0) throw new Error(`biome.json no longer catches ${missed.map(([rule]) => rule).join(', ')}`);
    if (output.includes('innocent.ts')) throw new Error(`biome.json refuses what is allowed:\n${output}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

await selfTest();
const { code, output } = await check(root);
console.log(output.trim());
process.exitCode = code;
