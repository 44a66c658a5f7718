import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import type { Options } from '@swc/core';
import { tsconfigOf } from './tsconfig.js';

interface Swc {
  transformSync(source: string, options: Options): { code: string };
}

type Format = 'module' | 'commonjs';

/** Compiles TypeScript by @swc/core, with the metadata of decorators, as tsconfig.json has it. */
export class Compiler {
  readonly #swc: Swc;
  readonly #types = new Map<string, string | undefined>();

  /** @param path of @swc/core. */
  constructor(path: string) {
    this.#swc = createRequire(import.meta.url)(path) as Swc;
  }

  /**
   * Whether a file is an ES module: by its ending, else by the `type` of its package; where that says nothing, by tsconfig.json's
   * `module`, else by what is written in it (as node does, too).
   */
  formatOf(file: string, text: string): Format {
    if (file.endsWith('.mts')) return 'module';
    if (file.endsWith('.cts')) return 'commonjs';
    const type = this.#typeOf(dirname(file));
    if (type === 'module' || type === 'commonjs') return type;
    if (`${tsconfigOf(file)?.config.compilerOptions?.module}`.toLowerCase() === 'commonjs') return 'commonjs';
    if (/^[ \t]*(?:import|export)\b|\bimport\.meta\b/m.test(text)) return 'module';
    return /\brequire\s*\(|\bmodule\.exports\b|\bexports\.\w/.test(text) ? 'commonjs' : 'module';
  }

  /** @throws SyntaxError with place and excerpt. */
  compile(text: string, file: string, format: Format): string {
    try {
      return this.#swc.transformSync(text, this.#options(file, format)).code;
    } catch (error) {
      throw syntaxError(error as Error, file);
    }
  }

  #options(file: string, format: Format): Options {
    const { compilerOptions = {} } = tsconfigOf(file)?.config ?? {};
    const { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields, target, verbatimModuleSyntax } =
      compilerOptions;
    // Said outright, standard decorators are what is meant. Where nothing is said TypeScript would take them, too; but then it has
    // neither decorators of parameters nor metadata, and class-validator's do not work, so nobody can mean that here.
    const isLegacy = experimentalDecorators !== false;
    // As in TypeScript, fields are defined from ES2022 on, and assigned before.
    const isModern = target === undefined || /^(?:es20(?:2[2-9]|[3-9]\d)|esnext)$/i.test(target);
    const { jsx, jsxImportSource, jsxFactory, jsxFragmentFactory } = compilerOptions;
    return {
      filename: file,
      sourceFileName: basename(file),
      cwd: dirname(file),
      swcrc: false,
      configFile: false,
      sourceMaps: 'inline',
      inlineSourcesContent: false,
      isModule: true,
      jsc: {
        target: 'es2022',
        keepClassNames: true,
        parser: { syntax: 'typescript', decorators: true, tsx: file.endsWith('x') },
        transform: {
          legacyDecorator: isLegacy,
          decoratorMetadata: isLegacy && emitDecoratorMetadata !== false,
          ...(!isLegacy && { decoratorVersion: '2022-03' }),
          useDefineForClassFields: useDefineForClassFields ?? isModern,
          ...(verbatimModuleSyntax !== undefined && { verbatimModuleSyntax }),
          ...(file.endsWith('x') && {
            react: {
              runtime: jsx === 'react' ? 'classic' : 'automatic',
              ...(jsxImportSource !== undefined && { importSource: jsxImportSource }),
              ...(jsxFactory !== undefined && { pragma: jsxFactory }),
              ...(jsxFragmentFactory !== undefined && { pragmaFrag: jsxFragmentFactory }),
            },
          }),
        },
      },
      module:
        format === 'module'
          ? { type: 'es6' }
          : // Packages that are ES modules alone are loaded by `require`, which node can; with `import()` left as it is.
            { type: 'commonjs', ignoreDynamic: true },
    };
  }

  /** The `type` of the nearest package.json. */
  #typeOf(folder: string): string | undefined {
    if (this.#types.has(folder)) return this.#types.get(folder);
    const file = join(folder, 'package.json');
    const above = dirname(folder);
    let type: string | undefined;
    if (existsSync(file)) type = typeIn(file);
    else if (above !== folder) type = this.#typeOf(above);
    this.#types.set(folder, type);
    return type;
  }
}

function typeIn(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type;
  } catch {
    return undefined;
  }
}

/** What swc says, without the trace of its own insides: `app.ts:3:7: Unexpected token`, and the lines around it. */
function syntaxError(error: Error, file: string): SyntaxError {
  const text = error.message.replace(/\u001b\[[\d;]*m/g, '').split('\n\nCaused by:', 1)[0] ?? '';
  const [, reason = text.trim()] = /^[ \t]*x (.*)$/m.exec(text) ?? [];
  const excerpt = text.split('\n').filter((one) => /^\s*(?:\d+ \||:)/.test(one));
  // The place that it names is that of the excerpt; the error is where the marks are.
  const mark = excerpt.findIndex((one) => /^\s*:/.test(one));
  const [start = '', line] = /^\s*(\d+) \| ?/.exec(excerpt[mark - 1] ?? '') ?? [];
  const column = (excerpt[mark]?.search(/[\^|]/) ?? 0) - start.length + 1;
  const fromHere = relative(process.cwd(), file);
  const place = `${fromHere.startsWith('..') ? file : fromHere}${line === undefined ? '' : `:${line}:${column}`}`;
  const failure = new SyntaxError(`${place}: ${reason}${excerpt.length === 0 ? '' : `\n\n${excerpt.join('\n')}`}`);
  // Where it happened in here helps nobody.
  failure.stack = `${failure.name}: ${failure.message}`;
  return failure;
}
