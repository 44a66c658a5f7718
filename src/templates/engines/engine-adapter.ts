import { loadPeer, missingPeer } from '../../support/load-peer.js';
import { TEMPLATE_PATH, TEMPLATES } from '../template-cache.js';
import { errorAt, originName, TemplateError, type TemplateErrorCode, type TemplateOrigin } from '../template-error.js';
import { findTemplate, readTemplate } from '../template-lookup.js';
import type { LookupSettings, ViewEngine } from '../template.js';
import { mergeVariables, plainVariables, type Variables } from '../variables.js';

/**
 * A template of another engine: a name in the template path, or a source text (what contains a line break, `{`, `%`, `$` or `<`).
 * To leave no doubt, or to look elsewhere, `{ name }` or `{ source }` with `lookup`.
 */
export type EngineTemplate = string | (LookupSettings & ({ name: string } | { source: string }));

/** A template that its engine has compiled. What it gives is a promise where it was compiled for that. */
export type CompiledView = (vars: Variables) => unknown;

/** What an adapter says of its engine. */
export interface EngineDefinition {
  /** As its authors write it. */
  readonly title: string;
  readonly packageName: string;
  /** Those that names may leave out, in the order they are tried. */
  readonly extensions: readonly string[];
  /** Sets the engine up over the templates of one path. */
  open(library: unknown, templates: EngineTemplates): OpenEngine;
}

/** An engine that is set up. */
export interface OpenEngine {
  compile(origin: TemplateOrigin, isAsync: boolean): CompiledView;
  /** Where in a template something went wrong, and what, as far as the engine tells. */
  explain(error: unknown, origin: TemplateOrigin): EngineFault;
}

/** What an engine tells of an error. */
export interface EngineFault {
  readonly reason?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
  readonly code?: TemplateErrorCode;
  /** The template, where it is another than the one that was rendered. */
  readonly origin?: TemplateOrigin;
}

/**
 * The templates of one path as an engine sees them: its includes, layouts and partials are found by the same rules as all others,
 * each read and compiled once.
 */
export class EngineTemplates {
  readonly #definition: EngineDefinition;
  readonly #lookup: readonly string[];
  readonly #engine: OpenEngine;
  readonly #origins = new Map<string, TemplateOrigin>();
  readonly #compiled = [new Map<string, CompiledView>(), new Map<string, CompiledView>()] as const;

  constructor(definition: EngineDefinition, lookup: readonly string[]) {
    this.#definition = definition;
    this.#lookup = lookup;
    this.#engine = definition.open(loadLibrary(definition.packageName, definition.title), this);
  }

  /** A template's text. @throws TemplateError `BN_TEMPLATE_NOT_FOUND` */
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

  /** A template, ready to render. */
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
    const failed = (error: unknown): never => {
      throw this.wrap(error, origin);
    };
    if (isAsync) {
      return async (vars) => {
        try {
          return await compiled(vars);
        } catch (error) {
          return failed(error);
        }
      };
    }
    return (vars) => {
      try {
        return compiled(vars);
      } catch (error) {
        return failed(error);
      }
    };
  }

  /** An engine's error as one that names the template. One that a template of this path has thrown already, or with a status, passes. */
  wrap(error: unknown, origin: TemplateOrigin, code: TemplateErrorCode = 'BN_TEMPLATE_RUNTIME'): unknown {
    const own = passing(error);
    if (own !== undefined) return own;
    const fault = this.#engine.explain(error, origin);
    const { reason = String((error as Error)?.message ?? error), line, column = 1, origin: place = origin } = fault;
    const kind = fault.code ?? code;
    if (line === undefined) {
      return new TemplateError(kind, reason, { template: originName(place), file: place.file }, { cause: error });
    }
    const before = place.source.split('\n').slice(0, line - 1);
    const offset = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    return errorAt(place, kind, reason, Math.min(offset, place.source.length), { cause: error });
  }
}

/** The error of ours, or with a status, that an engine has wrapped into others. */
export function passing(error: unknown): unknown {
  for (let inner = error, i = 0; typeof inner === 'object' && inner !== null && i < 9; inner = (inner as Error).cause, i++) {
    if (inner instanceof TemplateError || typeof (inner as { status?: unknown }).status === 'number') return inner;
  }
  return undefined;
}

let engines = 0;

/**
 * Another template engine with the interface of SimpleTemplate: same template path and names, same cache and debug mode, output
 * always escaped. The engine's package is an optional peer, loaded with the first template. Make one for settings of your own:
 * `new NunjucksEngine({ filters })`, and give it to `@View` as `{ engine }`.
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
   * @throws TemplateError. An error of a missing package has the code `BN_TEMPLATE_ENGINE`.
   */
  render(template: unknown, vars: object, settings?: LookupSettings): string {
    return this.#take(template as EngineTemplate, false, settings)(plainVariables(vars)) as string;
  }

  /** Renders a template that may wait, by the engine's own means. */
  async renderAsync(template: unknown, vars: object, settings?: LookupSettings): Promise<string> {
    return (await this.#take(template as EngineTemplate, true, settings)(plainVariables(vars))) as string;
  }

  #take(template: EngineTemplate, isAsync: boolean, settings: LookupSettings | undefined): CompiledView {
    const { text, isSource, lookup = settings?.lookup ?? TEMPLATE_PATH } = this.#read(template);
    const group = `${this.#group}\0${lookup.join('\0')}`;
    const templates = TEMPLATES.take(group, '', false, () => new EngineTemplates(this.#definition, [...lookup]));
    if (!isSource) return templates.load(text, isAsync);
    const compile = () => templates.compile({ name: undefined, file: undefined, source: text }, isAsync);
    return TEMPLATES.take(`${group}\0${isAsync}`, text, true, compile);
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

/** The functions by which an engine is used like SimpleTemplate. */
export function templateFunctions(engine: TemplateEngine): {
  template: (nameOrSource: EngineTemplate, ...vars: object[]) => string;
  templateAsync: (nameOrSource: EngineTemplate, ...vars: object[]) => Promise<string>;
} {
  return {
    template: (nameOrSource, ...vars) => engine.render(nameOrSource, mergeVariables(vars)),
    templateAsync: async (nameOrSource, ...vars) => engine.renderAsync(nameOrSource, mergeVariables(vars)),
  };
}

/** Loads the package of an engine: the application's copy before any other. @throws TemplateError `BN_TEMPLATE_ENGINE` */
export function loadLibrary(packageName: string, title: string): unknown {
  const library = loadPeer(packageName);
  if (library !== undefined) return library;
  throw new TemplateError('BN_TEMPLATE_ENGINE', missingPeer(packageName, `templates of ${title} need`), { template: title });
}
