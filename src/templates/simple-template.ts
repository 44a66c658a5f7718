import { TEMPLATE_PATH, TEMPLATES } from './template-cache.js';
import { compileTemplate, generateCode } from './compiler.js';
import { errorAt, originName, TemplateError, type TemplateOrigin } from './template-error.js';
import { nearestName } from '../support/nearest.js';
import { escapeHtml, toText } from './escape.js';
import type { CompiledTemplate, Variant } from './generator.js';
import { TEMPLATE_GLOBALS } from './template-globals.js';
import { findTemplate, readTemplate } from './template-lookup.js';
import { HELPERS, RUNTIME_NAMES } from './runtime-names.js';
import { DEFAULT_SYNTAX, parseSyntax } from './syntax.js';
import { extend, hasName, mergeVariables, NOT_DEFINED, type Variables } from './variables.js';

/** How a template is read and printed. */
export interface TemplateSettings {
  /** The folders to look names up in; {@link TEMPLATE_PATH} unless given. */
  lookup?: readonly string[];
  /** Block start, block close, line start, inline start, inline end, with spaces between; `'<% %> % {{ }}'` unless given. */
  syntax?: string;
  /** `{{ }}` does not escape, and `{{! }}` does. */
  noescape?: boolean;
  /** The encoding of the file, as `TextDecoder` calls it; `'utf-8'` unless given. */
  encoding?: string;
  /** More names that the template may see, below its variables. */
  globals?: Readonly<Record<string, unknown>>;
  /** Escapes what `{{ }}` prints, in place of {@link escapeHtml}: for templates that are not HTML. */
  escape?: (value: unknown) => string;
}

/** A template and its settings: a text, the name of a file in the template path, or a file anywhere. */
export interface TemplateOptions extends TemplateSettings {
  source?: string;
  name?: string;
  /** A path that the program vouches for: it is read from wherever it is. Never pass input of a request. */
  filename?: string;
}

type Renderer = (variables: Variables) => unknown;

/** The arguments of a call whose first one is a plain string. */
const LITERAL_NAME = /^\s*\(\s*(['"])([^'"\\\n]*)\1\s*[,)]/;

let compiledFunctions = 0;

const DEFAULTS: Record<string, unknown> = {};

/**
 * A template, compiled once and rendered many times. The language is that of Bottle's SimpleTemplate, with JavaScript in it.
 *
 * @throws TemplateError `BN_TEMPLATE_SYNTAX` for text that is no template, `BN_TEMPLATE_NOT_FOUND` for a name without a file.
 * @example new SimpleTemplate('Hello {{name}}!').render({ name: 'World' })
 * @see Bottle's documentation, "SimpleTemplate Engine"
 */
export class SimpleTemplate {
  /** Variables that all templates see, below their own. Bottle's `SimpleTemplate.defaults`. */
  static readonly defaults = DEFAULTS;

  readonly name: string | undefined;
  /** The absolute path of the file, if there is one. */
  readonly file: string | undefined;
  readonly source: string;
  readonly #settings: TemplateSettings;
  readonly #group: string;
  readonly #origin: TemplateOrigin;
  readonly #compiled: CompiledTemplate;
  readonly #globals: Readonly<Record<string, unknown>>;
  readonly #functions: (Renderer | undefined)[] = [];
  readonly #waits: boolean;
  #mayWait: boolean | undefined;

  /** @param options the template's text, or an object that tells it, its name or its file, and settings. */
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
      this.file = findTemplate(name, lookup);
      this.source = readTemplate(this.file, encoding, name);
    } else {
      throw new TypeError('A template needs one of source, name or filename: new SimpleTemplate({ name: … }).');
    }
    this.#group = settingsGroup(settings);
    this.#globals = globals ? Object.assign(Object.create(null), TEMPLATE_GLOBALS, globals) : TEMPLATE_GLOBALS;
    this.#origin = { name: this.name, file: this.file, source: this.source };
    this.#compiled = compileTemplate(this.#origin, parseSyntax(this.#settings.syntax ?? DEFAULT_SYNTAX));
    const uses = this.#compiled.analysis.references;
    this.#waits = this.#compiled.awaits !== undefined || uses.some(({ name }) => name === 'include' || name === 'rebase');
  }

  /** The compiled JavaScript, for the curious. */
  get code(): string {
    const async = this.#compiled.awaits !== undefined;
    return generateCode(this.#compiled, { async, stream: false, checked: false }).code;
  }

  /**
   * Whether it has to be rendered with `renderAsync`, because it or a template that it includes or rebases on may `await`. Where
   * a name is only known when the template runs, the answer is yes.
   */
  get waits(): boolean {
    this.#mayWait ??= this.#findWaits(new Set());
    return this.#mayWait;
  }

  /**
   * Renders the template.
   *
   * @param vars its variables; of several objects, the last that has a name wins.
   * @throws TemplateError `BN_TEMPLATE_NAME` for a name that is not defined, `BN_TEMPLATE_RUNTIME` for what the template's code
   *   throws. An object with a numeric `status`, as an HTTPError, comes through as it is.
   */
  render(...vars: object[]): string {
    return this.#render(mergeVariables(vars));
  }

  /** Renders a template that may `await`, as do those it includes. */
  async renderAsync(...vars: object[]): Promise<string> {
    return this.#renderAsync(mergeVariables(vars));
  }

  /**
   * Renders in pieces of some thousand characters, so that a long page starts before it is complete. A page with a layout
   * (`rebase`) is rendered first, then the layout is what streams.
   *
   * @example
   * @Get('/report') report() { return page.stream({ rows }); }
   */
  *stream(...vars: object[]): Generator<string, void, undefined> {
    yield* this.#stream(mergeVariables(vars));
  }

  /** As {@link SimpleTemplate.stream}, for a template that may `await`; `for await` loops hand over each round's output. */
  async *streamAsync(...vars: object[]): AsyncGenerator<string, void, undefined> {
    yield* this.#streamAsync(mergeVariables(vars));
  }

  #render(variables: Variables): string {
    return (this.#functions[0] ?? this.#make(0))(variables) as string;
  }

  #renderAsync(variables: Variables): Promise<string> | string {
    if (!this.#waits) return this.#render(variables);
    return (this.#functions[2] ?? this.#make(2))(variables) as Promise<string>;
  }

  #stream(variables: Variables): Generator<string, void, undefined> {
    return (this.#functions[1] ?? this.#make(1))(variables) as Generator<string, void, undefined>;
  }

  #streamAsync(variables: Variables): AsyncGenerator<string, void, undefined> {
    return (this.#functions[3] ?? this.#make(3))(variables) as AsyncGenerator<string, void, undefined>;
  }

  #findWaits(seen: Set<string>): boolean {
    const { awaits, analysis, parsed } = this.#compiled;
    if (awaits !== undefined) return true;
    if (!this.#waits) return false;
    const isOther = (name: string): boolean => name === 'include' || name === 'rebase';
    const calls = analysis.calls.filter(({ name }) => isOther(name));
    // Called by another name, it may be given any template.
    if (calls.length < analysis.references.filter(({ name }) => isOther(name)).length) return true;
    return calls.some(({ calleeEnd, end }) => {
      const [, , name] = LITERAL_NAME.exec(parsed.emitter.code.slice(calleeEnd, end)) ?? [];
      if (name === undefined) return true;
      if (seen.has(name)) return false;
      seen.add(name);
      try {
        return this.#load(name).#findWaits(seen);
      } catch {
        // A missing or broken template is told of when it is rendered.
        return false;
      }
    });
  }

  /** The template of a name, with this one's settings. */
  #load(name: unknown): SimpleTemplate {
    if (isTemplate(name)) return name;
    if (typeof name !== 'string') throw new TypeError(`include() and rebase() need the name of a template, not ${typeof name}.`);
    return loadTemplate(name, false, this.#settings, this.#group);
  }

  /** Makes one of the functions. Its number is made of 1 for a stream, 2 for async and 4 for checked code. */
  #make(number: number): Renderer {
    const variant: Variant = { stream: (number & 1) > 0, async: (number & 2) > 0, checked: (number & 4) > 0 };
    const { awaits } = this.#compiled;
    if (awaits !== undefined && !variant.async) {
      const instead = variant.stream ? 'streamAsync()' : 'renderAsync() or templateAsync()';
      const at = this.#compiled.parsed.emitter.sourceOf(awaits);
      throw errorAt(this.#origin, 'BN_TEMPLATE_RUNTIME', `'await' needs ${instead}: a synchronous render cannot wait.`, at);
    }
    const { code, locate } = generateCode(this.#compiled, variant);
    const url = `bottlenose-template-${++compiledFunctions}/${originName(this.#origin).replace(/[^\w./-]/g, '_')}`;
    const runtime = this.#runtime(number, url, locate);
    const parameters = RUNTIME_NAMES.map((name) => `$$${name}`);
    const factory = new Function(...parameters, `${code}\n//# sourceURL=${url}`) as (...values: unknown[]) => Renderer;
    const made = factory(...RUNTIME_NAMES.map((name) => runtime[name]));
    this.#functions[number] = made;
    return made;
  }

  /** What generated code calls; see {@link RUNTIME_NAMES}. */
  #runtime(number: number, url: string, locate: (line: number, column: number) => number) {
    const { noescape, escape: escapeWith } = this.#settings;
    const escape = escapeWith ? (value: unknown) => escapeWith(toText(value)) : escapeHtml;
    const lookUp = (name: string, variables: Variables): unknown => {
      if (hasName(variables, name)) return variables[name];
      if (Object.hasOwn(DEFAULTS, name)) return DEFAULTS[name];
      return name in this.#globals ? this.#globals[name] : NOT_DEFINED;
    };
    const given = (name: string, variables: Variables): unknown => {
      if (hasName(variables, name)) return variables[name];
      return Object.hasOwn(DEFAULTS, name) ? DEFAULTS[name] : undefined;
    };
    return {
      e: noescape ? toText : escape,
      q: noescape ? escape : toText,
      u: NOT_DEFINED,
      k: lookUp,
      m: (name: string, offset: number, variables: Variables): never => {
        throw errorAt(this.#origin, 'BN_TEMPLATE_NAME', this.#missing(name, variables), offset);
      },
      w: (error: unknown, offset: number) => this.#wrap(error, offset, url, locate),
      again: (variables: Variables) => (this.#functions[number | 4] ?? this.#make(number | 4))(variables),
      i: (name: unknown, args: object | undefined, variables: Variables, wait: boolean) => {
        const template = this.#load(name);
        const merged = extend(variables, args);
        return wait ? template.#renderAsync(merged) : template.#render(merged);
      },
      b: (name: unknown, args: object | undefined, base: string, variables: Variables) => {
        const template = this.#load(name);
        const merged = extend(extend(variables, args), { base });
        if (number & 1) return number & 2 ? template.#streamAsync(merged) : template.#stream(merged);
        return number & 2 ? template.#renderAsync(merged) : template.#render(merged);
      },
      own: (variables: Variables) => extend(variables, {}),
      d: (name: string, variables: Variables) => given(name, variables) !== undefined,
      g: (name: string, otherwise: unknown, variables: Variables) => {
        const value = given(name, variables);
        return value === undefined ? otherwise : value;
      },
    };
  }

  #missing(name: string, variables: Variables): string {
    const known = new Set<string>([...HELPERS, ...Object.keys(DEFAULTS), ...Object.keys(this.#globals)]);
    for (const key in variables) known.add(key);
    const near = nearestName(name, known);
    const hint = near ? ` Did you mean '${near}'?` : '';
    if (name === 'base') return `'base' is not defined: it is the page that calls rebase(), so render that page instead.${hint}`;
    return `'${name}' is not defined.${hint} Pass it as a variable, or ask with defined('${name}') or get('${name}').`;
  }

  #wrap(error: unknown, offset: number, url: string, locate: (line: number, column: number) => number): unknown {
    if (error instanceof TemplateError) return error;
    if (typeof error === 'object' && error !== null && typeof (error as { status?: unknown }).status === 'number') return error;
    const stack = error instanceof Error || isErrorLike(error) ? String((error as Error).stack) : '';
    const at = stack.indexOf(url);
    const place = at < 0 ? null : /^:(\d+):(\d+)/.exec(stack.slice(at + url.length, at + url.length + 24));
    // `new Function` puts two lines before the code it is given (ECMA-262, CreateDynamicFunction).
    const where = place ? locate(Number(place[1]) - 2, Number(place[2])) : offset;
    const reason = isErrorLike(error) ? `${error.name}: ${error.message}` : `${String(error)} was thrown.`;
    return errorAt(this.#origin, 'BN_TEMPLATE_RUNTIME', reason, where, { cause: error });
  }
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
let identified = 0;

function identity(of: object): number {
  const known = identities.get(of);
  if (known !== undefined) return known;
  identities.set(of, ++identified);
  return identified;
}

/**
 * The template of a name or a source text, from the cache if it is there.
 *
 * @param group the settings' part of the cache key, if the caller has it already.
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
  return TEMPLATES.take(key, id, isSource, make, globals ?? escape);
}

function isTemplate(value: unknown): value is SimpleTemplate {
  return value instanceof SimpleTemplate;
}
