import { statSync } from 'node:fs';
import { TEMPLATE_PATH } from '../templates/index.js';
import { templateModule } from '../templates/template-module.js';
import type { Arguments } from './arguments.js';
import { CommandError, usage } from './command-error.js';
import { writeOutput } from './output.js';

/**
 * Compiles the templates of some folders to a module, for runtimes that forbid code generation.
 *
 * @throws CommandError if a folder does not exist or has no templates, or the settings are invalid.
 */
export async function compileTemplates({ folders: given, syntax, encoding, output }: Arguments): Promise<number> {
  const folders = given.length > 0 ? given : TEMPLATE_PATH;
  for (const folder of folders) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw usage(`there is no folder ${folder}: write bottlenose templates FOLDER -o FILE.`);
  }
  const { code, count } = compile(folders, { syntax, encoding });
  if (count === 0) throw new CommandError(`there are no templates (.tpl, .stpl, .html) in ${folders.join(', ')}.`);
  await writeOutput(code, output);
  return 0;
}

function compile(...args: Parameters<typeof templateModule>): ReturnType<typeof templateModule> {
  try {
    return templateModule(...args);
  } catch (error) {
    // An invalid syntax or encoding.
    throw error instanceof TypeError || error instanceof RangeError ? usage(error.message, { cause: error }) : error;
  }
}
