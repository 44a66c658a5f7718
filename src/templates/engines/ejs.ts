import {
  type CompiledView,
  type EngineFault,
  type EngineTemplates,
  type OpenEngine,
  TemplateEngine,
  templateFunctions,
} from './engine-adapter.js';
import type { TemplateOrigin } from '../template-error.js';
import { escapeHtml } from '../escape.js';
import type { Variables } from '../variables.js';

/** EJS's own options; escaping, includes and caching are the adapter's. */
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
 * Templates of EJS. `<%= %>` escapes, `<%- %>` does not; `include(name, vars)` finds names in the template path; a name that is
 * not defined is an error. With `renderAsync` templates may `await`, and have to write `await include(…)`.
 *
 * @example @View('page', {}, { engine: new EjsEngine({ delimiter: '?' }) })
 * @see https://ejs.co
 */
export class EjsEngine extends TemplateEngine {
  constructor({ delimiter, openDelimiter, closeDelimiter, rmWhitespace }: EjsOptions = {}) {
    const given = { delimiter, openDelimiter, closeDelimiter, rmWhitespace };
    super({
      title: 'EJS',
      packageName: 'ejs',
      extensions: ['ejs', 'html'],
      open: (library, templates) => new OpenEjs(library as Ejs, templates, given),
    });
  }
}

/** What comes through EJS's handling of errors unharmed: it writes into the message of what is thrown. */
class Carried {
  message = '';
  constructor(readonly error: unknown) {}
}

class OpenEjs implements OpenEngine {
  constructor(
    readonly ejs: Ejs,
    readonly templates: EngineTemplates,
    readonly options: EjsOptions,
  ) {}

  compile(origin: TemplateOrigin, isAsync: boolean): CompiledView {
    const render = this.ejs.compile(origin.source, { ...this.options, escape: escapeHtml, async: isAsync, cache: false });
    return (vars) => {
      // In the way of EJS's own, which looks for files wherever it is told to.
      const include = (name: unknown, more?: Variables): unknown => {
        try {
          const result = this.templates.load(name, isAsync)({ ...vars, ...more });
          return isAsync ? (result as Promise<unknown>).catch(carry) : result;
        } catch (error) {
          return carry(error);
        }
      };
      const restore = (error: unknown): never => {
        if (error instanceof Carried) throw error.error;
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

  explain(error: unknown, { source }: TemplateOrigin): EngineFault {
    if (!(error as Error | null)?.message) return {};
    const { name, message: text } = error as Error;
    const syntax = / while compiling ejs\n/.exec(text);
    if (syntax) return { reason: `${text.slice(0, syntax.index)}.` };
    const { line, message } = splitMessage(text, source);
    return { reason: line === undefined ? message : `${name}: ${message}`, line };
  }
}

function carry(error: unknown): never {
  throw new Carried(error);
}

/** Takes apart what EJS makes of an error's message: a place, some lines of the template around it, and the message. */
function splitMessage(text: string, source: string): { line?: number; message: string } {
  const [place, number] = /^ejs:(\d+)\n/.exec(text) ?? [];
  if (place === undefined) return { message: text };
  const line = Number(number);
  const shown = Math.min(source.split('\n').length, line + 3) - Math.max(line - 3, 0);
  const rest = text.slice(place.length).split('\n');
  return { line, message: rest.slice(shown + 1).join('\n') };
}

/** The engine that `ejsTemplate` and `ejsView` use. */
export const ejsEngine = new EjsEngine();

const functions = templateFunctions(ejsEngine);

/** Renders a template of EJS. @example ejsTemplate('posts', { posts }) */
export const ejsTemplate = functions.template;

/** Renders a template of EJS that may `await`. */
export const ejsTemplateAsync = functions.templateAsync;
