import { optionNames } from '../../support/known-options.js';

/** A template engine for `@View`: SimpleTemplate, an adapter of `bottlenose/templates`, or a custom one. */
export interface ViewRenderer {
  /** @param settings the template folders of the app, if it has its own */
  render(template: unknown, vars: object, settings?: ViewSettings): string;
  renderAsync(template: unknown, vars: object, settings?: ViewSettings): Promise<string>;
  /** Whether a template has to be rendered with `renderAsync`. */
  waits?(template: unknown, settings?: ViewSettings): boolean;
  stream?(template: unknown, vars: object, settings?: ViewSettings): Iterable<string> | AsyncIterable<string>;
}

/** The settings that a view passes to its renderer. */
interface ViewSettings {
  lookup?: readonly string[];
}

/** Options of `@View`. */
export interface ViewOptions {
  /** Default: SimpleTemplate. */
  engine?: ViewRenderer;
  /**
   * Whether clients that prefer JSON (by `Accept`) get the returned object as JSON, including properties that the template does not show.
   * Default: true.
   */
  json?: boolean;
  /** Sends the page in chunks while it is rendered. The data of the template must stay available after the method has returned. */
  stream?: boolean;
  /** Renders with `renderAsync`. Default: true if the engine's `waits` returns true. */
  async?: boolean;
}

/** The names of the options of `@View`. */
export const VIEW_OPTIONS = optionNames<ViewOptions>({ engine: true, json: true, stream: true, async: true });

/** A declared view: `@View`, or `template` in the `config` of a route. */
export interface ViewMark {
  template: unknown;
  defaults: object;
  options: ViewOptions;
}

/** A view in the `config` of a route: the template, or a list of the arguments of `@View`. */
export type ViewConfig = string | object | readonly [template: unknown, defaults?: object, options?: ViewOptions];
