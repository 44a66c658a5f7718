import {
  type CompiledView,
  type ErrorDetails,
  type EngineTemplates,
  type ConfiguredEngine,
  TemplateEngine,
  templateFunctions,
} from './engine-adapter.js';
import type { TemplateOrigin } from '../template-error.js';
import { escapeHtml } from '../escape.js';
import type { Variables } from '../variables.js';

/** EJS's own options. The adapter controls escaping, includes and caching. */
export interface EjsOptions {
  delimiter?: string;
  openDelimiter?: string;
  closeDelimiter?: string;
  rmWhitespace?: boolean;
}

interface Ejs {
  compile(source: string, options: object): CompiledView;
}

/**
 * The adapter of EJS. `<%= %>` escapes, `<%- %>` does not. `include(name, vars)` finds names in the template path. An undefined
 * name is an error. With `renderAsync`, templates may `await` and must write `await include(…)`.
 *
 * @throws TemplateError `BN_TEMPLATE_ENGINE` on first use when ejs is not installed.
 * @example @View('page', {}, { engine: new EjsEngine({ delimiter: '?' }) })
 * @see https://ejs.co
 */
export class EjsEngine extends TemplateEngine {
  constructor({ delimiter, openDelimiter, closeDelimiter, rmWhitespace }: EjsOptions = {}) {
    const ejsOptions = { delimiter, openDelimiter, closeDelimiter, rmWhitespace };
    super({
      title: 'EJS',
      packageName: 'ejs',
      extensions: ['ejs', 'html'],
      open: (library, templates) => new EjsAdapter(library as Ejs, templates, ejsOptions),
    });
  }
}

/** Protects an error from EJS, which changes the message of every error that it catches. */
class ProtectedError {
  message = '';
  constructor(readonly error: unknown) {}
}

class EjsAdapter implements ConfiguredEngine {
  constructor(
    readonly ejs: Ejs,
    readonly templates: EngineTemplates,
    readonly options: EjsOptions,
  ) {}

  compile(origin: TemplateOrigin, isAsync: boolean): CompiledView {
    const render = this.ejs.compile(origin.source, { ...this.options, escape: escapeHtml, async: isAsync, cache: false });
    return (vars) => {
      // Replaces EJS's own `include`, which can read any file.
      const include = (name: unknown, more?: Variables): unknown => {
        try {
          const result = this.templates.load(name, isAsync)({ ...vars, ...more });
          return isAsync ? (result as Promise<unknown>).catch(throwProtected) : result;
        } catch (error) {
          return throwProtected(error);
        }
      };
      const restore = (error: unknown): never => {
        if (error instanceof ProtectedError) throw error.error;
        if (typeof (error as { status?: unknown } | null)?.status === 'number') {
          const { message } = splitMessage((error as Error).message, origin.source);
          (error as Error).message = message;
        }
        throw error;
      };
      try {
        const result = render({ ...vars, include });
        return isAsync ? (result as Promise<unknown>).catch(restore) : result;
      } catch (error) {
        return restore(error);
      }
    };
  }

  explain(error: unknown, { source }: TemplateOrigin): ErrorDetails {
    if (!(error as Error | null)?.message) return {};
    const { name, message: text } = error as Error;
    const syntax = / while compiling ejs\n/.exec(text);
    if (syntax) return { reason: `${text.slice(0, syntax.index)}.` };
    const { line, message } = splitMessage(text, source);
    return { reason: line === undefined ? message : `${name}: ${message}`, line };
  }
}

function throwProtected(error: unknown): never {
  throw new ProtectedError(error);
}

/** Splits a message of EJS into the position, some lines of the template, and the original message. */
function splitMessage(text: string, source: string): { line?: number; message: string } {
  const [prefix, number] = /^ejs:(\d+)\n/.exec(text) ?? [];
  if (prefix === undefined) return { message: text };
  const line = Number(number);
  const excerptLines = Math.min(source.split('\n').length, line + 3) - Math.max(line - 3, 0);
  const rest = text.slice(prefix.length).split('\n');
  return { line, message: rest.slice(excerptLines + 1).join('\n') };
}

/** The engine of `ejsTemplate` and `ejsView`. */
export const ejsEngine = new EjsEngine();

const functions = templateFunctions(ejsEngine);

/**
 * Renders a template of EJS.
 *
 * @example ejsTemplate('posts', { posts })
 */
export const ejsTemplate = functions.template;

/**
 * Renders a template of EJS that may `await`.
 *
 * @example await ejsTemplateAsync('posts', { posts })
 */
export const ejsTemplateAsync = functions.templateAsync;
