import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import type { Options } from '@swc/core';
import { tsconfigOf } from './tsconfig.js';

interface Swc {
  transformSync(source: string, options: Options): { code: string };
}

type Format = 'module' | 'commonjs';

/** Compiles TypeScript with @swc/core, including decorator metadata, according to tsconfig.json. */
export class Compiler {
  readonly #swc: Swc;
  readonly #types = new Map<string, string | undefined>();

  /** @param path the path of @swc/core. */
  constructor(path: string) {
    this.#swc = createRequire(import.meta.url)(path) as Swc;
  }

  /**
   * Whether a file is an ES module. This depends on its extension, then on the `type` of its package, then on the `module` of
   * tsconfig.json, and finally on its source text, as in Node.
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

  /** @throws SyntaxError with location and excerpt. */
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
    // Standard decorators must be requested explicitly. Without a setting TypeScript would use them too, but they have no
    // parameter decorators and no metadata, and class-validator does not support them.
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
          : // Node's `require` can load packages that are only ES modules. `import()` stays unchanged.
            { type: 'commonjs', ignoreDynamic: true },
    };
  }

  /** The `type` of the nearest package.json. */
  #typeOf(folder: string): string | undefined {
    if (this.#types.has(folder)) return this.#types.get(folder);
    const file = join(folder, 'package.json');
    const parent = dirname(folder);
    let type: string | undefined;
    if (existsSync(file)) type = typeIn(file);
    else if (parent !== folder) type = this.#typeOf(parent);
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

/** swc's message without its internal stack trace: `app.ts:3:7: Unexpected token`, and the lines around it. */
function syntaxError(error: Error, file: string): SyntaxError {
  const text = error.message.replace(/\u001b\[[\d;]*m/g, '').split('\n\nCaused by:', 1)[0] ?? '';
  const [, reason = text.trim()] = /^[ \t]*x (.*)$/m.exec(text) ?? [];
  const excerpt = text.split('\n').filter((one) => /^\s*(?:\d+ \||:)/.test(one));
  // swc reports the start of the excerpt. The marks show the actual error.
  const mark = excerpt.findIndex((one) => /^\s*:/.test(one));
  const [start = '', line] = /^\s*(\d+) \| ?/.exec(excerpt[mark - 1] ?? '') ?? [];
  const column = (excerpt[mark]?.search(/[\^|]/) ?? 0) - start.length + 1;
  const fromHere = relative(process.cwd(), file);
  const location = `${fromHere.startsWith('..') ? file : fromHere}${line === undefined ? '' : `:${line}:${column}`}`;
  const failure = new SyntaxError(`${location}: ${reason}${excerpt.length === 0 ? '' : `\n\n${excerpt.join('\n')}`}`);
  // A stack trace of the compiler does not help the user.
  failure.stack = `${failure.name}: ${failure.message}`;
  return failure;
}
