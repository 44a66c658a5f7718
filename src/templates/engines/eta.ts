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

/**
 * Eta's own options, such as `useWith`, `varName`, `autoTrim`, `tags` and `plugins`. The adapter controls escaping, files and
 * caching.
 */
export type EtaOptions = Readonly<Record<string, unknown>>;

/** The members of Eta that the adapter uses or replaces. */
interface Eta {
  compile(source: string, options: { async: boolean }): (this: Eta, vars: Variables, options: object) => unknown;
  render(name: unknown, vars: Variables): unknown;
  renderAsync(name: unknown, vars: Variables): unknown;
  RuntimeErr(error: unknown, source: string, line: number, place: unknown): never;
}

interface EtaLibrary {
  Eta: new (options: object) => Eta;
}

/**
 * The adapter of Eta. `<%= %>` escapes, `<%~ %>` does not. `include(name, vars)` and `layout(name, vars)` find names in the
 * template path. Variables are members of `it`; missing ones print nothing. With `renderAsync`, templates may `await`.
 *
 * @throws TemplateError `BN_TEMPLATE_ENGINE` on first use when eta is not installed.
 * @example @View('page', {}, { engine: new EtaEngine({ useWith: true }) })
 * @see https://eta.js.org
 */
export class EtaEngine extends TemplateEngine {
  constructor(options: EtaOptions = {}) {
    super({
      title: 'Eta',
      packageName: 'eta',
      extensions: ['eta', 'html'],
      open: (library, templates) => new EtaAdapter(library as EtaLibrary, templates, options),
    });
  }
}

/** An error with the line that Eta found for it. */
class LocatedError {
  constructor(
    readonly cause: unknown,
    readonly line: number,
  ) {}
}

class EtaAdapter implements ConfiguredEngine {
  readonly #eta: Eta;

  constructor({ Eta }: EtaLibrary, templates: EngineTemplates, options: EtaOptions) {
    // Eta's debug mode only adds line numbers.
    const eta = new Eta({ ...options, autoEscape: true, escapeFunction: escapeHtml, cache: false, debug: true });
    // Includes and layouts call these methods.
    eta.render = (name, vars) => templates.load(name, false)(vars);
    eta.renderAsync = (name, vars) => templates.load(name, true)(vars);
    eta.RuntimeErr = (error, _source, line) => {
      throw new LocatedError(error, line);
    };
    this.#eta = eta;
  }

  compile({ source }: TemplateOrigin, isAsync: boolean): CompiledView {
    const eta = this.#eta;
    const render = eta.compile(source, { async: isAsync });
    return (vars) => render.call(eta, vars, {});
  }

  explain(error: unknown): ErrorDetails {
    if (error instanceof LocatedError) {
      const { name = 'Error', message = String(error.cause) } = Object(error.cause) as Partial<Error>;
      return { reason: `${name}: ${message}`, line: error.line };
    }
    const { message = '' } = Object(error) as Partial<Error>;
    const syntaxError = /^(.*) at line (\d+) col (\d+):\n/.exec(message);
    if (syntaxError) return { reason: `${syntaxError[1]}.`, line: Number(syntaxError[2]), column: Number(syntaxError[3]) };
    const templateError = /^Bad template syntax\n\n(.*)/.exec(message);
    return templateError ? { reason: `${templateError[1]}.` } : {};
  }
}

/** The engine of `etaTemplate` and `etaView`. */
export const etaEngine = new EtaEngine();

const functions = templateFunctions(etaEngine);

/**
 * Renders a template of Eta.
 *
 * @example etaTemplate('posts', { posts })
 */
export const etaTemplate = functions.template;

/**
 * Renders a template of Eta that may `await`.
 *
 * @example await etaTemplateAsync('posts', { posts })
 */
export const etaTemplateAsync = functions.templateAsync;
