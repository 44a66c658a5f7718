import { loadTemplate, SimpleTemplate, type TemplateOptions, type TemplateSettings } from './simple-template.js';
import { DEFAULT_SYNTAX } from './syntax.js';

/** A template: a name, a source text, a template object, or one of them with settings. */
export type TemplateReference = string | SimpleTemplate | TemplateOptions;

/** The interface of a template engine, as `@View` uses it. */
export interface ViewEngine {
  /** Renders a template synchronously. */
  render(template: unknown, vars: object, settings?: LookupSettings): string;
  /** Renders a template that may wait. */
  renderAsync(template: unknown, vars: object, settings?: LookupSettings): Promise<string>;
  /** Whether a template must be rendered with {@link ViewEngine.renderAsync}. Without this method, the view decides. */
  waits?(template: unknown, settings?: LookupSettings): boolean;
  /** Renders in chunks, so that a long page starts before it is complete. */
  stream?(template: unknown, vars: object, settings?: LookupSettings): Iterable<string> | AsyncIterable<string>;
}

/** The settings of every template engine. */
export type LookupSettings = Pick<TemplateSettings, 'lookup'>;

/** Bottle's rule: a text with several lines, or with characters that no name contains, is the source of a template. */
function isSource(text: string, syntax: string | undefined): boolean {
  if (/[\n{%$]/.test(text)) return true;
  if (syntax === undefined || syntax === DEFAULT_SYNTAX) return false;
  return syntax.split(/\s+/).some((token) => token !== '' && text.includes(token));
}

function resolveTemplate(reference: TemplateReference, baseSettings?: TemplateSettings): SimpleTemplate {
  if (typeof reference === 'string') {
    return loadTemplate(reference, isSource(reference, baseSettings?.syntax), baseSettings ?? NO_SETTINGS);
  }
  if (reference instanceof SimpleTemplate) return reference;
  const { source, name, filename, ...ownSettings } = reference;
  const settings = baseSettings === undefined ? ownSettings : { ...baseSettings, ...ownSettings };
  if (filename !== undefined || (source !== undefined && name !== undefined)) return new SimpleTemplate(reference);
  if (source !== undefined) return loadTemplate(source, true, settings);
  if (name !== undefined) return loadTemplate(name, false, settings);
  return new SimpleTemplate(reference);
}

const NO_SETTINGS: TemplateSettings = {};

/**
 * Renders a template. It is compiled once and cached. The text of a template is code: never pass or paste input from users, but
 * pass it as a variable.
 *
 * @param nameOrSource the name of a file in {@link TEMPLATE_PATH}, with or without extension, or the text of a template: any text
 *   with a line break, `{`, `%` or `$`. Use `{ name }` or `{ source }` to avoid ambiguity or to change settings: `{ name: 'page',
 *   lookup: ['./admin/views'] }` is Bottle's `template_lookup`.
 * @param vars the variables; of several objects, the last one with a name takes precedence.
 * @throws TemplateError, as `SimpleTemplate.render` does.
 * @example
 * template('posts', { posts })
 * template('Hello {{name}}!', { name: 'World' })
 * @see https://bottlepy.org/docs/stable/stpl.html
 */
export function template(nameOrSource: TemplateReference, ...vars: object[]): string {
  return resolveTemplate(nameOrSource).render(...vars);
}

/**
 * Renders a template that may `await`. Otherwise like {@link template}.
 *
 * @example await templateAsync('posts', { posts })
 */
export async function templateAsync(nameOrSource: TemplateReference, ...vars: object[]): Promise<string> {
  return resolveTemplate(nameOrSource).renderAsync(...vars);
}

/** SimpleTemplate as a {@link ViewEngine}. */
export const simpleTemplateEngine: ViewEngine = {
  render: (template, vars, settings) => resolveTemplate(template as TemplateReference, settings).render(vars),
  renderAsync: async (template, vars, settings) => resolveTemplate(template as TemplateReference, settings).renderAsync(vars),
  waits: (template, settings) => resolveTemplate(template as TemplateReference, settings).waits,
  stream(template, vars, settings) {
    const resolved = resolveTemplate(template as TemplateReference, settings);
    return resolved.waits ? resolved.streamAsync(vars) : resolved.stream(vars);
  },
};
