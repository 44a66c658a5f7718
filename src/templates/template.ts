import { loadTemplate, SimpleTemplate, type TemplateOptions, type TemplateSettings } from './simple-template.js';
import { DEFAULT_SYNTAX } from './syntax.js';

/** What a template may be given as: a name, a source text, a template, or one of them with settings. */
export type TemplateReference = string | SimpleTemplate | TemplateOptions;

/** What every template engine can do; `@View` knows no more of one. */
export interface ViewEngine {
  /** Renders a template at once. */
  render(nameOrSource: string, vars: object, options?: TemplateSettings): string;
  /** Renders a template that may have to wait. */
  renderAsync(nameOrSource: string, vars: object, options?: TemplateSettings): Promise<string>;
}

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
  const { source, name, filename, ...settings } = reference;
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
  render: (nameOrSource, vars, options) => resolveTemplate(nameOrSource, options).render(vars),
  renderAsync: async (nameOrSource, vars, options) => resolveTemplate(nameOrSource, options).renderAsync(vars),
};
