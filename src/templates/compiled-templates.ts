import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_SYNTAX } from './syntax.js';
import type { Renderer, SharedOutput, TemplateCode, TemplateRuntime } from './template-code.js';
import { errorAt, TemplateError, type TemplateOrigin } from './template-error.js';
import { EXTENSIONS } from './template-lookup.js';

/** The format of compiled templates. It changes with the functions and names that their code uses. */
export const COMPILED_FORMAT = 1;

/** How a template is rendered, by the number of the variant: 1 for a stream, 2 for async. */
export const MODES = ['sync', 'stream', 'async', 'asyncStream'] as const;

/** A template that `bottlenose templates` has compiled. */
export interface CompiledRecord {
  /** The folder that the command was given, relative to the working directory. */
  readonly folder: string;
  /** The path of the file in the folder, with its extension. */
  readonly name: string;
  readonly source: string;
  readonly syntax?: string;
  /** The offset of the first `await`. */
  readonly awaits?: number;
  /** The templates that it includes or rebases on, if they are known. */
  readonly others?: readonly string[];
  /** The functions that create a renderer from the runtime. */
  readonly functions: {
    readonly [mode in (typeof MODES)[number]]?: (runtime: never) => (variables: never, output: never) => unknown;
  };
}

/** The templates of one module. */
export interface CompiledTemplates {
  readonly format: number;
  readonly templates: readonly CompiledRecord[];
}

const byText = new Map<string, CompiledRecord>();
/** By folder and name. */
const byName = new Map<string, CompiledRecord>();

const textKey = (source: string, syntax: string): string => `${syntax}\0${source}`;

/**
 * Registers templates that were compiled beforehand. The module that `bottlenose templates` writes calls this function when it is
 * imported. Applications do not call it themselves.
 *
 * @throws TemplateError `BN_TEMPLATE_NOT_COMPILED` if another version of the package has compiled them.
 * @example addCompiledTemplates({ format: 1, templates: [] });   // in templates.js, which the application imports
 */
export function addCompiledTemplates({ format, templates }: CompiledTemplates): void {
  if (format !== COMPILED_FORMAT) {
    const reason =
      `another version of bottlenose has compiled these templates (format ${format}; this version needs ${COMPILED_FORMAT}). ` +
      `Run \`bottlenose templates\` again.`;
    throw new TemplateError('BN_TEMPLATE_NOT_COMPILED', reason, { template: templates[0]?.name ?? 'compiled templates' });
  }
  for (const record of templates) {
    byText.set(textKey(record.source, record.syntax ?? DEFAULT_SYNTAX), record);
    byName.set(`${record.folder}\0${record.name}`, record);
  }
}

/** The compiled code of a template with this text. */
export function compiledCode({ source }: TemplateOrigin, syntax: string): TemplateCode | undefined {
  if (byText.size === 0) return undefined;
  const record = byText.get(textKey(source, syntax));
  return record && new CompiledCode(record);
}

/**
 * The text of a compiled template, where the files of templates do not exist, as on Workers. A folder that exists is not searched:
 * its files decide.
 */
export function compiledSource(name: string, lookup: readonly string[]): { file: string; source: string } | undefined {
  if (byName.size === 0) return undefined;
  const candidates = [name, ...EXTENSIONS.map((extension) => `${name}.${extension}`)];
  for (const folder of lookup.map((one) => resolve(one))) {
    if (existsSync(folder)) {
      if (candidates.some((candidate) => existsSync(resolve(folder, candidate)))) return undefined;
      continue;
    }
    for (const candidate of candidates) {
      for (const record of byName.values()) {
        if (record.name === candidate && resolve(record.folder) === folder) {
          return { file: resolve(folder, candidate), source: record.source };
        }
      }
    }
  }
  return undefined;
}

/** The error for a template without compiled code, where code generation is forbidden. */
export function notCompiled(origin: TemplateOrigin): TemplateError {
  const known = [...byName.values()].find(({ folder, name }) => origin.file === resolve(folder, name));
  const place = 'and this runtime forbids code generation';
  const commandLine = '`bottlenose templates FOLDER -o templates.js`';
  let reason = `the template was not compiled beforehand, ${place}: run ${commandLine}, and import templates.js in the application.`;
  if (known?.source === origin.source) {
    reason = `the template was compiled with another syntax, ${place}: run \`bottlenose templates\` with the option --syntax.`;
  } else if (known !== undefined) {
    reason = `the template has changed since it was compiled, ${place}: run \`bottlenose templates\` again.`;
  } else if (origin.file === undefined) {
    reason = `this text was not compiled beforehand, ${place}: put it into a file of the template path, and run ${commandLine}.`;
  }
  return errorAt(origin, 'BN_TEMPLATE_NOT_COMPILED', reason, 0);
}

class CompiledCode implements TemplateCode {
  readonly awaits: number | undefined;
  readonly others: readonly string[] | undefined;
  readonly #functions: CompiledRecord['functions'];

  constructor({ awaits, others, functions }: CompiledRecord) {
    this.awaits = awaits;
    this.others = others;
    this.#functions = functions;
  }

  create(variantFlags: number, runtime: TemplateRuntime): Renderer {
    const render = this.#instantiate(variantFlags, runtime);
    // Code that does not stream is always shared.
    if (variantFlags & 9) return render;
    if (variantFlags & 2) {
      return async (variables) => {
        const output: SharedOutput = { o: '' };
        await render(variables, output);
        return output.o;
      };
    }
    return (variables) => {
      const output: SharedOutput = { o: '' };
      render(variables, output);
      return output.o;
    };
  }

  #instantiate(variantFlags: number, runtime: TemplateRuntime): Renderer {
    // Compiled code is always checked, and has a mode for each way to render that the template allows.
    const factory = this.#functions[MODES[variantFlags & 3] as (typeof MODES)[number]] as (runtime: object) => Renderer;
    /** Where functions of the template threw, because the position of the page itself is that of their caller. */
    const offsets = new WeakMap<object, number>();
    return factory({
      ...runtime,
      $$at: (error: unknown, offset: number): unknown => {
        if (typeof error === 'object' && error !== null && !offsets.has(error)) offsets.set(error, offset);
        return error;
      },
      $$w: (error: unknown, offset: number) => {
        const own = typeof error === 'object' && error !== null ? offsets.get(error) : undefined;
        return runtime.$$w(error, own ?? offset);
      },
    });
  }

  text(): string {
    return Object.values(this.#functions).map(String).join('\n');
  }
}
