import {
  type CompiledView,
  type ErrorDetails,
  type EngineTemplates,
  type ConfiguredEngine,
  TemplateEngine,
  templateFunctions,
} from './engine-adapter.js';
import { TemplateError, type TemplateErrorCode, type TemplateOrigin } from '../template-error.js';

/** The options of Handlebars. */
export interface HandlebarsOptions {
  helpers?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Options of the compiler, such as `strict` (a missing variable is an error) or `preventIndent`. Escaping is always on. */
  compile?: Readonly<Record<string, unknown>>;
  /** Options of templates, such as `allowProtoPropertiesByDefault` for getters of classes. */
  runtime?: Readonly<Record<string, unknown>>;
}

type Template = (context: unknown, options?: object) => string;

interface PartialOptions {
  name?: string;
  fn?: Function;
}

interface Runtime {
  noop: Function;
  resolvePartial(this: unknown, partial: unknown, context: unknown, options: PartialOptions): unknown;
}

interface Handlebars {
  VM: Runtime;
  create(): Handlebars;
  parse(source: string): object;
  compile(source: string, options: object): Template;
  registerHelper(name: string, helper: Function): void;
}

/**
 * The adapter of Handlebars. `{{ }}` escapes, `{{{ }}}` does not. Partials that are not registered (`{{> name}}`, and `{{#>
 * layout}}` as a layout) are found in the template path. Missing variables print nothing. Templates cannot wait.
 *
 * @throws TemplateError `BN_TEMPLATE_ENGINE` on first use when handlebars is not installed.
 * @example @View('page', {}, { engine: new HandlebarsEngine({ helpers: { loud: (text: string) => text.toUpperCase() } }) })
 * @see https://handlebarsjs.com
 */
export class HandlebarsEngine extends TemplateEngine {
  constructor(options: HandlebarsOptions = {}) {
    super({
      title: 'Handlebars',
      packageName: 'handlebars',
      extensions: ['hbs', 'handlebars', 'html'],
      open: (library, templates) => new HandlebarsAdapter(library as Handlebars, templates, options),
    });
  }
}

class HandlebarsAdapter implements ConfiguredEngine {
  readonly #handlebars: Handlebars;
  readonly #templates: EngineTemplates;
  readonly #options: HandlebarsOptions;
  readonly #partials = new Map<string, Template>();

  constructor(library: Handlebars, templates: EngineTemplates, options: HandlebarsOptions) {
    const handlebars = library.create();
    this.#handlebars = handlebars;
    this.#templates = templates;
    this.#options = options;
    for (const [name, helper] of Object.entries(options.helpers ?? {})) handlebars.registerHelper(name, helper);
    const { VM } = handlebars;
    const find = (partial: unknown, options: PartialOptions): unknown => this.#find(partial, options, VM.noop);
    handlebars.VM = {
      ...VM,
      resolvePartial(partial, context, options) {
        return find(VM.resolvePartial.call(this, partial, context, options), options);
      },
    };
  }

  compile(origin: TemplateOrigin): CompiledView {
    // Handlebars compiles at the first rendering. Errors must be reported before.
    this.#handlebars.parse(origin.source);
    const render = this.#compile(origin);
    return (vars) => render(vars, { ...this.#options.runtime });
  }

  #compile({ source }: TemplateOrigin): Template {
    return this.#handlebars.compile(source, { ...this.#options.compile, noEscape: false });
  }

  /** Finds an unregistered partial in the template path. */
  #find(partial: unknown, { name, fn }: PartialOptions, noop: Function): unknown {
    if (partial !== undefined || name === undefined || name === '@partial-block') return partial;
    const known = this.#partials.get(name);
    if (known) return known;
    let origin: TemplateOrigin;
    try {
      origin = this.#templates.read(name);
    } catch (error) {
      // Handlebars then renders the content of the block.
      const hasBlock = fn !== undefined && fn !== noop;
      if (hasBlock && error instanceof TemplateError && error.code === 'BN_TEMPLATE_NOT_FOUND') return undefined;
      throw error;
    }
    const withTemplateError = <T>(work: () => T, code?: TemplateErrorCode): T => {
      try {
        return work();
      } catch (error) {
        throw this.#templates.wrap(error, origin, code);
      }
    };
    withTemplateError(() => this.#handlebars.parse(origin.source), 'BN_TEMPLATE_SYNTAX');
    const compiled = this.#compile(origin);
    const render: Template = (context, options) => withTemplateError(() => compiled(context, options));
    this.#partials.set(name, render);
    return render;
  }

  explain(error: unknown): ErrorDetails {
    const { message = '', lineNumber, column } = Object(error) as { message?: string; lineNumber?: number; column?: number };
    const parse = /^(?:Parse|Lexical) error on line (\d+)[:.]\s[\s\S]*\n(.*)$/.exec(message);
    if (parse) return { reason: `${parse[2]}.`, line: Number(parse[1]) };
    if (lineNumber === undefined) return {};
    return { reason: message.replace(/ - \d+:\d+$/, ''), line: lineNumber, column: (column ?? 0) + 1 };
  }
}

/** The engine of `handlebarsTemplate` and `handlebarsView`. */
export const handlebarsEngine = new HandlebarsEngine();

const functions = templateFunctions(handlebarsEngine);

/**
 * Renders a template of Handlebars.
 *
 * @example handlebarsTemplate('posts', { posts })
 */
export const handlebarsTemplate = functions.template;

/**
 * Like {@link handlebarsTemplate}, as a promise. Templates of Handlebars do not wait.
 *
 * @example await handlebarsTemplateAsync('posts', { posts })
 */
export const handlebarsTemplateAsync = functions.templateAsync;
