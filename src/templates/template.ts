import { loadTemplate, SimpleTemplate, type TemplateOptions, type TemplateSettings } from './simple-template.js';
import { DEFAULT_SYNTAX } from './syntax.js';

/** What a template may be given as: a name, a source text, a template, or one of them with settings. */
export type TemplateReference = string | SimpleTemplate | TemplateOptions;

/** What every template engine can do; `@View` knows no more of one. */
export interface ViewEngine {
  /** Renders a template at once. */
  render(template: unknown, vars: object, settings?: LookupSettings): string;
  /** Renders a template that may have to wait. */
  renderAsync(template: unknown, vars: object, settings?: LookupSettings): Promise<string>;
  /** Whether a template has to be rendered by {@link ViewEngine.renderAsync}. An engine without it leaves that to the view. */
  waits?(template: unknown, settings?: LookupSettings): boolean;
  /** Renders in pieces, so that a long page starts before it is complete. */
  stream?(template: unknown, vars: object, settings?: LookupSettings): Iterable<string> | AsyncIterable<string>;
}

/** What every template engine can be told. */
export type LookupSettings = Pick<TemplateSettings, 'lookup'>;

/** Bottle's rule: what has more than one line, or characters that no name has, is the text of a template. */
function isSource(text: string, syntax: string | undefined): boolean {
  if (/[\n{%$]/.test(text)) return true;
  if (syntax === undefined || syntax === DEFAULT_SYNTAX) return false;
  return syntax.split(/\s+/).some((token) => token !== '' && text.includes(token));
}

function resolveTemplate(reference: TemplateReference, extra?: TemplateSettings): SimpleTemplate {
  if (typeof reference === 'string') {
    return loadTemplate(reference, isSource(reference, extra?.syntax), extra ?? NO_SETTINGS);
  }
  if (reference instanceof SimpleTemplate) return reference;
  const { source, name, filename, ...own } = reference;
  const settings = extra === undefined ? own : { ...extra, ...own };
  if (filename !== undefined || (source !== undefined && name !== undefined)) return new SimpleTemplate(reference);
  if (source !== undefined) return loadTemplate(source, true, settings);
  if (name !== undefined) return loadTemplate(name, false, settings);
  return new SimpleTemplate(reference);
}

const NO_SETTINGS: TemplateSettings = {};

/**
 * Renders a template. It is compiled once and then shared.
 *
 * @param nameOrSource the name of a file in {@link TEMPLATE_PATH}, with or without its extension; or the text of a template: what
 *   contains a line break, `{`, `%` or `$`. To leave no doubt, or to change settings, `{ name }` or `{ source }` with them:
 *   `{ name: 'page', lookup: ['./admin/views'] }` is Bottle's `template_lookup`.
 * @param vars the variables; of several objects, the last that has a name wins.
 * @throws TemplateError
 * @example
 * template('posts', { posts })
 * template('Hello {{name}}!', { name: 'World' })
 * @see Bottle's `template()`
 */
export function template(nameOrSource: TemplateReference, ...vars: object[]): string {
  return resolveTemplate(nameOrSource).render(...vars);
}

/** Renders a template that may `await`; otherwise as {@link template}. */
export async function templateAsync(nameOrSource: TemplateReference, ...vars: object[]): Promise<string> {
  return resolveTemplate(nameOrSource).renderAsync(...vars);
}

/** SimpleTemplate as a {@link ViewEngine}. */
export const simpleTemplateEngine: ViewEngine = {
  render: (template, vars, settings) => resolveTemplate(template as TemplateReference, settings).render(vars),
  renderAsync: async (template, vars, settings) => resolveTemplate(template as TemplateReference, settings).renderAsync(vars),
  waits: (template, settings) => resolveTemplate(template as TemplateReference, settings).waits,
  stream(template, vars, settings) {
    const found = resolveTemplate(template as TemplateReference, settings);
    return found.waits ? found.streamAsync(vars) : found.stream(vars);
  },
};
