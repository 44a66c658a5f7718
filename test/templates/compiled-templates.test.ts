import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { COMPILED_FORMAT } from '../../src/templates/compiled-templates.js';
import { addCompiledTemplates, TemplateError } from '../../src/templates/index.js';
import { templateModule } from '../../src/templates/template-module.js';

const folder = fileURLToPath(new URL('compiled', import.meta.url));

// A module that an application has compiled must not run with a package that generates other code. When this test fails, raise
// COMPILED_FORMAT, and write the new module to the file of the new format.
it('the code of compiled templates is that of the current format', () => {
  const { code } = templateModule([relative('.', join(folder, 'views'))]);
  expect(code).toBe(readFileSync(join(folder, `format-${COMPILED_FORMAT}.txt`), 'utf8'));
});

it('templates of another format are refused with the remedy', () => {
  const add = () => addCompiledTemplates({ format: COMPILED_FORMAT + 1, templates: [] });
  expect(add).toThrow(TemplateError);
  expect(add).toThrow(/another version of bottlenose has compiled .* Run `bottlenose templates` again/);
});
