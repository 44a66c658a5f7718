import { brandInstances } from '../support/brand.js';
import { canGenerateCode } from '../codegen/generate-function.js';
import { nearest } from '../support/nearest.js';
import { compiledCode, compiledSource, notCompiled } from './compiled-templates.js';
import { escapeHtml, toText } from './escape.js';
import { GeneratedTemplate } from './generated-template.js';
import { HELPERS } from './runtime-names.js';
import { DEFAULT_SYNTAX, parseSyntax } from './syntax.js';
import { TEMPLATE_PATH, TEMPLATES } from './template-cache.js';
import type { Renderer, SharedOutput, TemplateCode, TemplateRuntime } from './template-code.js';
import { errorAt, TemplateError, type TemplateOrigin } from './template-error.js';
import { TEMPLATE_GLOBALS } from './template-globals.js';
import { findTemplate, readTemplate } from './template-lookup.js';
import {
  extend,
  hasName,
  mergeVariables,
  NOT_DEFINED,
  type NameReaders,
  type TemplateNames,
  templateNames,
  type Variables,
} from './variables.js';

/** How a template is parsed and printed. */
export interface TemplateSettings {
  /** The folders of templates. Default: {@link TEMPLATE_PATH}. */
  lookup?: readonly string[];
  /** Block start, block close, line start, inline start and inline end, separated by spaces. Default: `'<% %> % {{ }}'`. */
  syntax?: string;
  /** Swaps the meaning: `{{ }}` does not escape, and `{{! }}` does. */
  noescape?: boolean;
  /** The encoding of the file, as a label of `TextDecoder`. Default: `'utf-8'`. */
  encoding?: string;
  /** Further names that the template may use. Its variables take precedence. */
  globals?: Readonly<Record<string, unknown>>;
  /** Escapes the output of `{{ }}` instead of {@link escapeHtml}, for templates that are not HTML. */
  escape?: (value: unknown) => string;
}

/** A template and its settings: a source text, the name of a file in the template path, or any file. */
export interface TemplateOptions extends TemplateSettings {
  source?: string;
  name?: string;
  /** The path of a file, which may be anywhere. Never pass input from a request. */
  filename?: string;
}

const DEFAULTS: Record<string, unknown> = {};

/**
 * A template that is compiled once and rendered many times. The language is that of Bottle's SimpleTemplate, with embedded
 * JavaScript.
 *
 * @throws TemplateError `BN_TEMPLATE_SYNTAX` for an invalid template, `BN_TEMPLATE_NOT_FOUND` for a name without a file.
 * @example new SimpleTemplate('Hello {{name}}!').render({ name: 'World' })
 * @see https://bottlepy.org/docs/stable/stpl.html
 */
export class SimpleTemplate {
  /** Variables of all templates. A template's own variables take precedence. Bottle's `SimpleTemplate.defaults`. */
  static readonly defaults = DEFAULTS;

  readonly name: string | undefined;
  /** The absolute path of the file, if there is one. */
  readonly file: string | undefined;
  readonly source: string;
  readonly #settings: TemplateSettings;
  readonly #group: string;
  readonly #origin: TemplateOrigin;
  readonly #code: TemplateCode;
  readonly #globals: Readonly<Record<string, unknown>>;
  readonly #functions: (Renderer | undefined)[] = [];
  readonly #waits: boolean;
  #waitsResult: boolean | undefined;

  /** @param options the template's text, or an object with its text, name or file, and its settings. */
  constructor(options: string | TemplateOptions) {
    const { source, name, filename, ...settings } = typeof options === 'string' ? { source: options } : options;
    const { lookup = TEMPLATE_PATH, encoding = 'utf-8', globals } = settings as TemplateSettings;
    this.#settings = settings;
    this.name = name;
    if (source !== undefined) {
      this.source = source;
      this.file = filename;
    } else if (filename !== undefined) {
      this.file = filename;
      this.source = readTemplate(filename, encoding, name);
    } else if (name !== undefined) {
      const compiled = compiledSource(name, lookup);
      this.file = compiled?.file ?? findTemplate(name, lookup);
      this.source = compiled?.source ?? readTemplate(this.file, encoding, name);
    } else {
      throw new TypeError('A template needs one of source, name or filename: new SimpleTemplate({ name: … }).');
    }
    this.#group = settingsGroup(settings);
    this.#globals = globals ? Object.assign(Object.create(null), TEMPLATE_GLOBALS, globals) : TEMPLATE_GLOBALS;
    this.#origin = { name: this.name, file: this.file, source: this.source };
    this.#code = codeOf(this.#origin, settings.syntax ?? DEFAULT_SYNTAX);
    this.#waits = this.#code.awaits !== undefined || this.#code.others?.length !== 0;
  }

  /** The compiled JavaScript, for debugging. */
  get code(): string {
    return this.#code.text();
  }

  /**
   * Whether the template must be rendered with `renderAsync`, because it or a template that it includes or rebases on may
   * `await`. It is true when the name of such a template is only known at run time.
   */
  get waits(): boolean {
    this.#waitsResult ??= this.#findWaits(new Set());
    return this.#waitsResult;
  }

  /**
   * Renders the template.
   *
   * @param vars the variables; of several objects, the last one with a name takes precedence.
   * @throws TemplateError `BN_TEMPLATE_NAME` for an undefined name, `BN_TEMPLATE_RUNTIME` for an error of the template's code. An
   *   object with a numeric `status`, such as an HTTPError, is thrown unchanged.
   * @example page.render({ title: 'Home' })
   */
  render(...vars: object[]): string {
    return this.#render(mergeVariables(vars));
  }

  /**
   * Renders a template that may `await`, or that includes such templates.
   *
   * @param vars as for `render`.
   * @throws (rejects) TemplateError, as `render` does.
   * @example await page.renderAsync({ posts })
   */
  async renderAsync(...vars: object[]): Promise<string> {
    return this.#renderAsync(mergeVariables(vars));
  }

  /**
   * Renders in chunks of some thousand characters, so that a long page starts before it is complete. A page with a layout
   * (`rebase`) is rendered completely first. Then the layout is streamed.
   *
   * @param vars as for `render`.
   * @throws TemplateError, as `render` does, while the generator runs.
   * @example
   * @Get('/report') report() { return page.stream({ rows }); }
   */
  *stream(...vars: object[]): Generator<string, void, undefined> {
    yield* this.#stream(mergeVariables(vars));
  }

  /**
   * Like {@link SimpleTemplate.stream}, for a template that may `await`. `for await` loops emit the output of each iteration.
   *
   * @example
   * @Get('/feed') feed() { return page.streamAsync({ events }); }
   */
  async *streamAsync(...vars: object[]): AsyncGenerator<string, void, undefined> {
    yield* this.#streamAsync(mergeVariables(vars));
  }

  #render(variables: Variables): string {
    return (this.#functions[0] ?? this.#createFunction(0))(variables) as string;
  }

  #renderAsync(variables: Variables): Promise<string> | string {
    if (!this.#waits) return this.#render(variables);
    return (this.#functions[2] ?? this.#createFunction(2))(variables) as Promise<string>;
  }

  /** Renders to the output of another template, and returns the names that this one defines. */
  #printTo(output: SharedOutput, variables: Variables, wait: boolean): TemplateNames | Promise<TemplateNames> {
    const flags = wait && this.#waits ? 10 : 8;
    const names = (this.#functions[flags] ?? this.#createFunction(flags))(variables, output);
    return names instanceof Promise ? names.then(templateNames) : templateNames(names as NameReaders);
  }

  #stream(variables: Variables): Generator<string, void, undefined> {
    return (this.#functions[1] ?? this.#createFunction(1))(variables) as Generator<string, void, undefined>;
  }

  #streamAsync(variables: Variables): Generator<string, void, undefined> | AsyncGenerator<string, void, undefined> {
    if (!this.#waits) return this.#stream(variables);
    return (this.#functions[3] ?? this.#createFunction(3))(variables) as AsyncGenerator<string, void, undefined>;
  }

  #findWaits(visited: Set<string>): boolean {
    const { awaits, others } = this.#code;
    if (awaits !== undefined || others === undefined) return true;
    return others.some((name) => {
      if (visited.has(name)) return false;
      visited.add(name);
      try {
        return this.#load(name).#findWaits(visited);
      } catch {
        // Rendering reports a missing or broken template.
        return false;
      }
    });
  }

  /** Loads a template by name, with the settings of this one. */
  #load(name: unknown): SimpleTemplate {
    if (isTemplate(name)) return name;
    if (typeof name !== 'string') throw new TypeError(`include() and rebase() need the name of a template, not ${typeof name}.`);
    return loadTemplate(name, false, this.#settings, this.#group);
  }

  /** Creates a variant; see {@link TemplateCode.create}. */
  #createFunction(variantFlags: number): Renderer {
    const { awaits } = this.#code;
    if (awaits !== undefined && !(variantFlags & 2)) {
      const method = variantFlags & 1 ? 'streamAsync()' : 'renderAsync() or templateAsync()';
      throw errorAt(this.#origin, 'BN_TEMPLATE_RUNTIME', `'await' needs ${method}: a synchronous render cannot wait.`, awaits);
    }
    const created = this.#code.create(variantFlags, this.#runtime(variantFlags));
    this.#functions[variantFlags] = created;
    return created;
  }

  /** The functions that generated code calls; see `RUNTIME_NAMES`. */
  #runtime(variantFlags: number): TemplateRuntime {
    const { noescape, escape: escapeWith } = this.#settings;
    const escape = escapeWith ? (value: unknown) => escapeWith(toText(value)) : escapeHtml;
    const lookUp = (name: string, variables: Variables): unknown => {
      if (hasName(variables, name)) return variables[name];
      if (Object.hasOwn(DEFAULTS, name)) return DEFAULTS[name];
      return name in this.#globals ? this.#globals[name] : NOT_DEFINED;
    };
    const lookUpOwn = (name: string, variables: Variables): unknown => {
      if (hasName(variables, name)) return variables[name];
      return Object.hasOwn(DEFAULTS, name) ? DEFAULTS[name] : undefined;
    };
    return {
      $$e: noescape ? toText : escape,
      $$q: noescape ? escape : toText,
      $$u: NOT_DEFINED,
      $$k: lookUp,
      $$m: (name: string, offset: number, variables: Variables): never => {
        throw errorAt(this.#origin, 'BN_TEMPLATE_NAME', this.#missingText(name, variables), offset);
      },
      $$w: (error: unknown, offset: number) => this.#wrap(error, offset),
      $$again: (variables: Variables, output?: SharedOutput) =>
        (this.#functions[variantFlags | 4] ?? this.#createFunction(variantFlags | 4))(variables, output),
      $$i: (name: unknown, args: object | undefined, variables: Variables, wait: boolean) => {
        const template = this.#load(name);
        const merged = extend(variables, args);
        return wait ? template.#renderAsync(merged) : template.#render(merged);
      },
      $$in: (name: unknown, args: object | undefined, variables: Variables, wait: boolean, output: SharedOutput) =>
        this.#load(name).#printTo(output, extend(variables, args), wait),
      $$b: (name: unknown, args: object | undefined, base: string, variables: Variables) => {
        const template = this.#load(name);
        const merged = extend(extend(variables, args), { base });
        if (variantFlags & 1) return variantFlags & 2 ? template.#streamAsync(merged) : template.#stream(merged);
        return variantFlags & 2 ? template.#renderAsync(merged) : template.#render(merged);
      },
      $$own: (variables: Variables) => extend(variables, {}),
      $$d: (name: string, variables: Variables) => lookUpOwn(name, variables) !== undefined,
      $$g: (name: string, fallback: unknown, variables: Variables) => {
        const value = lookUpOwn(name, variables);
        return value === undefined ? fallback : value;
      },
    };
  }

  #missingText(name: string, variables: Variables): string {
    const known = new Set<string>([...HELPERS, ...Object.keys(DEFAULTS), ...Object.keys(this.#globals)]);
    for (const key in variables) known.add(key);
    const near = nearest(name, known);
    const hint = near ? ` Did you mean '${near}'?` : '';
    if (name === 'base') return `'base' is not defined: it is the page that calls rebase(), so render that page instead.${hint}`;
    return `'${name}' is not defined.${hint} Pass it as a variable, or ask with defined('${name}') or get('${name}').`;
  }

  #wrap(error: unknown, offset: number): unknown {
    if (error instanceof TemplateError) return error;
    if (typeof error === 'object' && error !== null && typeof (error as { status?: unknown }).status === 'number') return error;
    const reason = isErrorLike(error) ? `${error.name}: ${error.message}` : `${String(error)} was thrown.`;
    return errorAt(this.#origin, 'BN_TEMPLATE_RUNTIME', reason, offset, { cause: error });
  }
}

brandInstances(SimpleTemplate, 'SimpleTemplate');

/** The code of a template: the compiled one, or generated code. */
function codeOf(origin: TemplateOrigin, syntax: string): TemplateCode {
  const compiled = compiledCode(origin, syntax);
  if (compiled !== undefined) return compiled;
  if (!canGenerateCode()) throw notCompiled(origin);
  return new GeneratedTemplate(origin, parseSyntax(syntax));
}

function isErrorLike(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && typeof (error as Error).message === 'string';
}

/** The settings' part of a cache key. */
function settingsGroup(settings: TemplateSettings): string {
  const { syntax, noescape, encoding, globals, escape } = settings;
  if (!syntax && !noescape && !encoding && !globals && !escape) return '';
  return `${syntax ?? ''}|${noescape === true}|${encoding ?? ''}|${globals && escape ? identity(escape) : ''}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identity(of: object): number {
  const known = identities.get(of);
  if (known !== undefined) return known;
  identities.set(of, ++lastIdentity);
  return lastIdentity;
}

/**
 * The template of a name or a source text, from the cache if possible.
 *
 * @param group the settings' part of the cache key, if it is known.
 */
export function loadTemplate(
  id: string,
  isSource: boolean,
  settings: TemplateSettings,
  group = settingsGroup(settings),
): SimpleTemplate {
  const { lookup = TEMPLATE_PATH, globals, escape } = settings;
  const path = lookup.length === 1 ? (lookup[0] as string) : lookup.join('\0');
  const key = `${isSource ? 's' : 'n'}${group}\0${path}`;
  const make = () => new SimpleTemplate(isSource ? { ...settings, source: id } : { ...settings, name: id });
  return TEMPLATES.getOrCreate(key, id, isSource, make, globals ?? escape);
}

function isTemplate(value: unknown): value is SimpleTemplate {
  return value instanceof SimpleTemplate;
}
