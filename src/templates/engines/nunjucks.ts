import {
  type CompiledView,
  type ErrorDetails,
  type EngineTemplates,
  type ConfiguredEngine,
  TemplateEngine,
  templateFunctions,
} from './engine-adapter.js';
import { TemplateError, type TemplateOrigin } from '../template-error.js';
import type { Variables } from '../variables.js';

/** The options of Nunjucks: filters, globals, and its own options. The adapter controls escaping and caching. */
export interface NunjucksOptions {
  filters?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Filters whose last argument is a callback. Their templates need `renderAsync`. */
  asyncFilters?: Readonly<Record<string, (...args: never[]) => unknown>>;
  globals?: Readonly<Record<string, unknown>>;
  /** Whether a missing variable is an error. By default it prints nothing. */
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
 * The adapter of Nunjucks, which uses Jinja2's syntax. `{{ }}` escapes, unless the filter `safe` is used. `include`, `extends`
 * and `import` find names in the template path. Missing variables print nothing.
 *
 * @throws TemplateError `BN_TEMPLATE_ENGINE` on first use when nunjucks is not installed.
 * @example @View('page', {}, { engine: new NunjucksEngine({ filters: { loud: (text: string) => text.toUpperCase() } }) })
 * @see https://mozilla.github.io/nunjucks/ and Bottle's `jinja2_template`
 */
export class NunjucksEngine extends TemplateEngine {
  constructor(options: NunjucksOptions = {}) {
    super({
      title: 'Nunjucks',
      packageName: 'nunjucks',
      extensions: ['njk', 'html'],
      open: (library, templates) => new NunjucksAdapter(library as Nunjucks, templates, options),
    });
  }
}

class NunjucksAdapter implements ConfiguredEngine {
  readonly #nunjucks: Nunjucks;
  readonly #environment: Environment;
  readonly #templates: EngineTemplates;
  readonly #missing = new Map<string, unknown>();

  constructor(nunjucks: Nunjucks, templates: EngineTemplates, options: NunjucksOptions) {
    const { filters = {}, asyncFilters = {}, globals = {}, ...ownOptions } = options;
    // The dev mode of Nunjucks keeps the causes of errors and changes nothing else.
    const loader = { getSource: (name: string) => this.#source(name) };
    const environment = new nunjucks.Environment([loader], { ...ownOptions, autoescape: true, dev: true });
    for (const [name, filter] of Object.entries(filters)) environment.addFilter(name, filter);
    for (const [name, filter] of Object.entries(asyncFilters)) environment.addFilter(name, filter, true);
    for (const [name, value] of Object.entries(globals)) environment.addGlobal(name, value);
    this.#nunjucks = nunjucks;
    this.#environment = environment;
    this.#templates = templates;
  }

  /** The loader of Nunjucks. It returns null for a missing template, for `ignore missing`. */
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
      // Compiled here to detect syntax errors. Later they look like errors at run time.
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
      if (text === null) throw new Error('the template must wait: render it with nunjucksTemplateAsync() or { async: true }.');
      return text;
    };
  }

  /** Messages of Nunjucks start with one line per template. The last of these lines has the position. */
  explain(error: unknown): ErrorDetails {
    let { message = String(error) } = Object(error) as Partial<Error>;
    let details: ErrorDetails = {};
    for (;;) {
      const found = /^\s*(?:Template render error: )?\(([^\n]*?)\)(?: \[Line (\d+)(?:, Column (\d+))?\])?\n/.exec(message);
      if (!found) break;
      message = message.slice(found[0].length);
      const [, name, line, column] = found;
      const origin = name === 'unknown path' ? undefined : this.#templates.read(name);
      details = {
        origin,
        line: line === undefined ? undefined : Number(line),
        column: column === undefined ? 1 : Number(column),
      };
    }
    const reason = message.trim();
    const [, missing = ''] = reason.slice(reason.lastIndexOf('\n') + 1).split('template not found: ');
    const known = this.#missing.get(missing);
    if (known instanceof TemplateError) return { ...details, reason: known.message, code: known.code };
    return { ...details, reason };
  }
}

/** The engine of `nunjucksTemplate` and `nunjucksView`. */
export const nunjucksEngine = new NunjucksEngine();

const functions = templateFunctions(nunjucksEngine);

/**
 * Renders a template of Nunjucks.
 *
 * @example nunjucksTemplate('posts', { posts })
 */
export const nunjucksTemplate = functions.template;

/**
 * Renders a template of Nunjucks that has asynchronous filters or extensions.
 *
 * @example await nunjucksTemplateAsync('posts', { posts })
 */
export const nunjucksTemplateAsync = functions.templateAsync;
