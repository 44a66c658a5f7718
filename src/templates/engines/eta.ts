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

/** Eta's own options, such as `useWith`, `varName`, `autoTrim`, `tags`, `plugins`; escaping, files and caching are the adapter's. */
export type EtaOptions = Readonly<Record<string, unknown>>;

/** The members of Eta that the adapter uses or puts its own in the place of. */
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
 * Templates of Eta. `<%= %>` escapes, `<%~ %>` does not; `include(name, vars)` and `layout(name, vars)` find names in the template
 * path; variables are members of `it`, of which those that are missing print nothing. With `renderAsync` templates may `await`.
 *
 * @example @View('page', {}, { engine: new EtaEngine({ useWith: true }) })
 * @see https://eta.js.org
 */
export class EtaEngine extends TemplateEngine {
  constructor(options: EtaOptions = {}) {
    super({
      title: 'Eta',
      packageName: 'eta',
      extensions: ['eta', 'html'],
      open: (library, templates) => new OpenEta(library as EtaLibrary, templates, options),
    });
  }
}

/** An error with the place that Eta found for it. */
class Placed {
  constructor(
    readonly cause: unknown,
    readonly line: number,
  ) {}
}

class OpenEta implements OpenEngine {
  readonly #eta: Eta;

  constructor({ Eta }: EtaLibrary, templates: EngineTemplates, options: EtaOptions) {
    // In debug mode Eta counts lines, and nothing else.
    const eta = new Eta({ ...options, autoEscape: true, escapeFunction: escapeHtml, cache: false, debug: true });
    // Includes and layouts call these.
    eta.render = (name, vars) => templates.load(name, false)(vars);
    eta.renderAsync = (name, vars) => templates.load(name, true)(vars);
    eta.RuntimeErr = (error, _source, line) => {
      throw new Placed(error, line);
    };
    this.#eta = eta;
  }

  compile({ source }: TemplateOrigin, isAsync: boolean): CompiledView {
    const eta = this.#eta;
    const render = eta.compile(source, { async: isAsync });
    return (vars) => render.call(eta, vars, {});
  }

  explain(error: unknown): EngineFault {
    if (error instanceof Placed) {
      const { name = 'Error', message = String(error.cause) } = Object(error.cause) as Partial<Error>;
      return { reason: `${name}: ${message}`, line: error.line };
    }
    const { message = '' } = Object(error) as Partial<Error>;
    const at = /^(.*) at line (\d+) col (\d+):\n/.exec(message);
    if (at) return { reason: `${at[1]}.`, line: Number(at[2]), column: Number(at[3]) };
    const bad = /^Bad template syntax\n\n(.*)/.exec(message);
    return bad ? { reason: `${bad[1]}.` } : {};
  }
}

/** The engine that `etaTemplate` and `etaView` use. */
export const etaEngine = new EtaEngine();

const functions = templateFunctions(etaEngine);

/** Renders a template of Eta. @example etaTemplate('posts', { posts }) */
export const etaTemplate = functions.template;

/** Renders a template of Eta that may `await`. */
export const etaTemplateAsync = functions.templateAsync;
