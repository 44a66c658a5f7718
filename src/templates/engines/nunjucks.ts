import {
  type CompiledView,
  type EngineFault,
  type EngineTemplates,
  type OpenEngine,
  TemplateEngine,
  templateFunctions,
} from './engine-adapter.js';
import { TemplateError, type TemplateOrigin } from '../template-error.js';
import type { Variables } from '../variables.js';

/** Settings of Nunjucks: more filters and globals, and its own options. Escaping and caching are the adapter's. */
export interface NunjucksOptions {
  filters?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Filters whose last argument is a callback. Templates with such need `renderAsync`. */
  asyncFilters?: Readonly<Record<string, (...args: never[]) => unknown>>;
  globals?: Readonly<Record<string, unknown>>;
  /** A missing variable is an error, instead of nothing. */
  throwOnUndefined?: boolean;
  trimBlocks?: boolean;
  lstripBlocks?: boolean;
  /** Other tokens: `{ blockStart: '<%', … }`. */
  tags?: Readonly<Record<string, string>>;
}

type Callback = (error: unknown, text: string | null) => void;

interface NunjucksTemplate {
  render(vars: Variables, callback?: Callback): string | null;
}

interface Environment {
  getTemplate(name: string, eagerCompile: boolean): NunjucksTemplate;
  addFilter(name: string, filter: Function, isAsync?: boolean): void;
  addGlobal(name: string, value: unknown): void;
}

interface Nunjucks {
  Environment: new (loaders: object[], options: object) => Environment;
  Template: new (source: string, environment: Environment, path: string | undefined, eagerCompile: boolean) => NunjucksTemplate;
}

/**
 * Templates of Nunjucks, whose syntax is Jinja2's. `{{ }}` escapes, the filter `safe` keeps it from that; `include`, `extends`,
 * `import` find names in the template path; variables that are missing print nothing.
 *
 * @example @View('page', {}, { engine: new NunjucksEngine({ filters: { loud: (text: string) => text.toUpperCase() } }) })
 * @see https://mozilla.github.io/nunjucks/ and Bottle's `jinja2_template`
 */
export class NunjucksEngine extends TemplateEngine {
  constructor(options: NunjucksOptions = {}) {
    super({
      title: 'Nunjucks',
      packageName: 'nunjucks',
      extensions: ['njk', 'html'],
      open: (library, templates) => new OpenNunjucks(library as Nunjucks, templates, options),
    });
  }
}

class OpenNunjucks implements OpenEngine {
  readonly #nunjucks: Nunjucks;
  readonly #environment: Environment;
  readonly #templates: EngineTemplates;
  readonly #missing = new Map<string, unknown>();

  constructor(nunjucks: Nunjucks, templates: EngineTemplates, options: NunjucksOptions) {
    const { filters = {}, asyncFilters = {}, globals = {}, ...own } = options;
    // In its dev mode errors keep their causes, and nothing else is different.
    const loader = { getSource: (name: string) => this.#source(name) };
    const environment = new nunjucks.Environment([loader], { ...own, autoescape: true, dev: true });
    for (const [name, filter] of Object.entries(filters)) environment.addFilter(name, filter);
    for (const [name, filter] of Object.entries(asyncFilters)) environment.addFilter(name, filter, true);
    for (const [name, value] of Object.entries(globals)) environment.addGlobal(name, value);
    this.#nunjucks = nunjucks;
    this.#environment = environment;
    this.#templates = templates;
  }

  /** What Nunjucks asks of a loader; nothing where there is no such template, for `ignore missing`. */
  #source(name: string): { src: string; path: string } | null {
    let origin: TemplateOrigin;
    try {
      origin = this.#templates.read(name);
    } catch (error) {
      if (!(error instanceof TemplateError) || error.code !== 'BN_TEMPLATE_NOT_FOUND') throw error;
      this.#missing.set(name, error);
      return null;
    }
    try {
      // Once to see what is wrong with it: later that looks as if it went wrong while it ran.
      new this.#nunjucks.Template(origin.source, this.#environment, name, true);
    } catch (error) {
      throw this.#templates.wrap(error, origin, 'BN_TEMPLATE_SYNTAX');
    }
    return { src: origin.source, path: name };
  }

  compile({ name, source }: TemplateOrigin, isAsync: boolean): CompiledView {
    const template =
      name === undefined
        ? new this.#nunjucks.Template(source, this.#environment, undefined, true)
        : this.#environment.getTemplate(name, true);
    if (isAsync) {
      return (vars) =>
        new Promise((resolve, reject) => {
          template.render(vars, (error, text) => (error ? reject(error) : resolve(text)));
        });
    }
    return (vars) => {
      const text = template.render(vars);
      if (text === null) throw new Error('the template has to wait: render it with nunjucksTemplateAsync() or { async: true }.');
      return text;
    };
  }

  /** Its messages begin with a line for each template on the way, the last of which has the place. */
  explain(error: unknown): EngineFault {
    let { message = String(error) } = Object(error) as Partial<Error>;
    let fault: EngineFault = {};
    for (;;) {
      const found = /^\s*(?:Template render error: )?\(([^\n]*?)\)(?: \[Line (\d+)(?:, Column (\d+))?\])?\n/.exec(message);
      if (!found) break;
      message = message.slice(found[0].length);
      const [, name, line, column] = found;
      const origin = name === 'unknown path' ? undefined : this.#templates.read(name);
      fault = { origin, line: line === undefined ? undefined : Number(line), column: column === undefined ? 1 : Number(column) };
    }
    const reason = message.trim();
    const [, missing = ''] = reason.slice(reason.lastIndexOf('\n') + 1).split('template not found: ');
    const known = this.#missing.get(missing);
    if (known instanceof TemplateError) return { ...fault, reason: known.message, code: known.code };
    return { ...fault, reason };
  }
}

/** The engine that `nunjucksTemplate` and `nunjucksView` use. */
export const nunjucksEngine = new NunjucksEngine();

const functions = templateFunctions(nunjucksEngine);

/** Renders a template of Nunjucks. @example nunjucksTemplate('posts', { posts }) */
export const nunjucksTemplate = functions.template;

/** Renders a template of Nunjucks that has asynchronous filters or extensions. */
export const nunjucksTemplateAsync = functions.templateAsync;
