import { canGenerateCode } from '../../codegen/generate-function.js';
import { loadPeer, missingPeer } from '../../support/load-peer.js';
import { TEMPLATE_PATH, TEMPLATES } from '../template-cache.js';
import { errorAt, originName, TemplateError, type TemplateErrorCode, type TemplateOrigin } from '../template-error.js';
import { findTemplate, readTemplate } from '../template-lookup.js';
import type { LookupSettings, ViewEngine } from '../template.js';
import { mergeVariables, plainVariables, type Variables } from '../variables.js';

/**
 * A template of another engine: a name in the template path, or a source text (a text with a line break, `{`, `%`, `$` or `<`).
 * Use `{ name }` or `{ source }` to avoid ambiguity, with `lookup` for other folders.
 */
export type EngineTemplate = string | (LookupSettings & ({ name: string } | { source: string }));

/** A compiled template of an engine. It returns a promise if it was compiled for that. */
export type CompiledView = (vars: Variables) => unknown;

/** The definition of an engine by its adapter. */
interface EngineDefinition {
  /** The name as its authors write it. */
  readonly title: string;
  readonly packageName: string;
  /** Extensions that names may omit, in search order. */
  readonly extensions: readonly string[];
  /** Configures the engine for the templates of one path. */
  open(library: unknown, templates: EngineTemplates): ConfiguredEngine;
}

/** A configured engine. */
export interface ConfiguredEngine {
  compile(origin: TemplateOrigin, isAsync: boolean): CompiledView;
  /** Finds the position and the reason of an error, as far as the engine reports them. */
  explain(error: unknown, origin: TemplateOrigin): ErrorDetails;
}

/** The details of an engine's error. */
export interface ErrorDetails {
  readonly reason?: string;
  /** Starts at 1. */
  readonly line?: number;
  /** Starts at 1. */
  readonly column?: number;
  readonly code?: TemplateErrorCode;
  /** The template, if it is not the rendered one. */
  readonly origin?: TemplateOrigin;
}

/**
 * The templates of one path, as an engine sees them. Its includes, layouts and partials are found by the same rules as all
 * templates. Each one is read and compiled once.
 */
export class EngineTemplates {
  readonly #definition: EngineDefinition;
  readonly #lookup: readonly string[];
  readonly #engine: ConfiguredEngine;
  readonly #origins = new Map<string, TemplateOrigin>();
  readonly #compiled = [new Map<string, CompiledView>(), new Map<string, CompiledView>()] as const;

  constructor(definition: EngineDefinition, lookup: readonly string[]) {
    this.#definition = definition;
    this.#lookup = lookup;
    this.#engine = definition.open(loadLibrary(definition.packageName, definition.title), this);
  }

  /**
   * Reads a template.
   *
   * @throws TemplateError `BN_TEMPLATE_NOT_FOUND`
   */
  read(name: unknown): TemplateOrigin {
    if (typeof name !== 'string')
      throw new TypeError(`${this.#definition.title} needs the name of a template, not ${typeof name}.`);
    let origin = this.#origins.get(name);
    if (origin === undefined) {
      const file = findTemplate(name, this.#lookup, this.#definition.extensions);
      origin = { name, file, source: readTemplate(file, 'utf-8', name) };
      this.#origins.set(name, origin);
    }
    return origin;
  }

  /** Returns a compiled template. */
  load(name: unknown, isAsync: boolean): CompiledView {
    const known = this.#compiled[isAsync ? 1 : 0];
    let compiled = known.get(name as string);
    if (compiled === undefined) {
      compiled = this.compile(this.read(name), isAsync);
      known.set(name as string, compiled);
    }
    return compiled;
  }

  compile(origin: TemplateOrigin, isAsync: boolean): CompiledView {
    let compiled: CompiledView;
    try {
      compiled = this.#engine.compile(origin, isAsync);
    } catch (error) {
      throw this.wrap(error, origin, 'BN_TEMPLATE_SYNTAX');
    }
    const fail = (error: unknown): never => {
      throw this.wrap(error, origin);
    };
    if (isAsync) {
      return async (vars) => {
        try {
          return await compiled(vars);
        } catch (error) {
          return fail(error);
        }
      };
    }
    return (vars) => {
      try {
        return compiled(vars);
      } catch (error) {
        return fail(error);
      }
    };
  }

  /**
   * Converts an engine's error to one that names the template. A TemplateError of this path, or an error with a status, is
   * returned unchanged.
   */
  wrap(error: unknown, origin: TemplateOrigin, code: TemplateErrorCode = 'BN_TEMPLATE_RUNTIME'): unknown {
    const wrapped = findWrapped(error);
    if (wrapped !== undefined) return wrapped;
    const details = this.#engine.explain(error, origin);
    const { reason = String((error as Error)?.message ?? error), line, column = 1, origin: errorOrigin = origin } = details;
    const kind = details.code ?? code;
    if (line === undefined) {
      return new TemplateError(kind, reason, { template: originName(errorOrigin), file: errorOrigin.file }, { cause: error });
    }
    const before = errorOrigin.source.split('\n').slice(0, line - 1);
    const offset = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    return errorAt(errorOrigin, kind, reason, Math.min(offset, errorOrigin.source.length), { cause: error });
  }
}

/** Finds a TemplateError, or an error with a status, that an engine has wrapped. */
function findWrapped(error: unknown): unknown {
  for (let inner = error, i = 0; typeof inner === 'object' && inner !== null && i < 9; inner = (inner as Error).cause, i++) {
    if (inner instanceof TemplateError || typeof (inner as { status?: unknown }).status === 'number') return inner;
  }
  return undefined;
}

let engines = 0;

/**
 * A template engine with the interface of SimpleTemplate: the same template path and names, the same cache and debug mode, and
 * escaped output. The engine's package is an optional peer, which loads with the first template. For other settings, create an
 * engine such as `new NunjucksEngine({ filters })`, and pass it to `@View` as `{ engine }`.
 *
 * @example @View('page', {}, { engine: new NunjucksEngine({ trimBlocks: true }) })
 * @see https://bottlepy.org/docs/stable/stpl.html
 */
export class TemplateEngine implements ViewEngine {
  readonly #definition: EngineDefinition;
  readonly #group = `engine ${++engines}`;

  constructor(definition: EngineDefinition) {
    this.#definition = definition;
  }

  /**
   * Renders a template.
   *
   * @throws TemplateError; with the code `BN_TEMPLATE_ENGINE` when the package is not installed, or where code generation is
   *   forbidden.
   */
  render(template: unknown, vars: object, settings?: LookupSettings): string {
    return this.#load(template as EngineTemplate, false, settings)(plainVariables(vars)) as string;
  }

  /** Renders a template that may wait, with the engine's own features. */
  async renderAsync(template: unknown, vars: object, settings?: LookupSettings): Promise<string> {
    return (await this.#load(template as EngineTemplate, true, settings)(plainVariables(vars))) as string;
  }

  #load(template: EngineTemplate, isAsync: boolean, settings: LookupSettings | undefined): CompiledView {
    const { text, isSource, lookup = settings?.lookup ?? TEMPLATE_PATH } = this.#read(template);
    if (!canGenerateCode()) throw cannotRun(this.#definition.title, isSource ? '<template>' : text);
    const group = `${this.#group}\0${lookup.join('\0')}`;
    const templates = TEMPLATES.getOrCreate(group, '', false, () => new EngineTemplates(this.#definition, [...lookup]));
    if (!isSource) return templates.load(text, isAsync);
    const compile = () => templates.compile({ name: undefined, file: undefined, source: text }, isAsync);
    return TEMPLATES.getOrCreate(`${group}\0${isAsync}`, text, true, compile);
  }

  #read(template: EngineTemplate): { text: string; isSource: boolean; lookup?: readonly string[] } {
    if (typeof template === 'string') return { text: template, isSource: /[\n{%$<]/.test(template) };
    const { name, source, lookup } = Object(template) as { name?: unknown; source?: unknown; lookup?: readonly string[] };
    const text = source ?? name;
    if (typeof text !== 'string') {
      throw new TypeError(`A template of ${this.#definition.title} is a name, a source text, { name } or { source }.`);
    }
    return { text, isSource: source !== undefined, lookup };
  }
}

/** All engines generate code. Some already do when they load. */
function cannotRun(title: string, template: string): TemplateError {
  const reason =
    `${title} generates code from templates, which this runtime forbids. Use SimpleTemplate here, and compile its templates ` +
    'beforehand with `bottlenose templates`.';
  return new TemplateError('BN_TEMPLATE_ENGINE', reason, { template });
}

/** The functions that use an engine like SimpleTemplate. */
export function templateFunctions(engine: TemplateEngine): {
  template: (nameOrSource: EngineTemplate, ...vars: object[]) => string;
  templateAsync: (nameOrSource: EngineTemplate, ...vars: object[]) => Promise<string>;
} {
  return {
    template: (nameOrSource, ...vars) => engine.render(nameOrSource, mergeVariables(vars)),
    templateAsync: async (nameOrSource, ...vars) => engine.renderAsync(nameOrSource, mergeVariables(vars)),
  };
}

/**
 * Loads the package of an engine, preferably the application's copy. Throws TemplateError `BN_TEMPLATE_ENGINE`. Exported for its test.
 */
export function loadLibrary(packageName: string, title: string): unknown {
  const library = loadPeer(packageName);
  if (library !== undefined) return library;
  throw new TemplateError('BN_TEMPLATE_ENGINE', missingPeer(packageName, `templates of ${title} need`), { template: title });
}
