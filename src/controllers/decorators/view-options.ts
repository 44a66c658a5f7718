/** What renders the templates of `@View`: SimpleTemplate, an adapter of `bottlenose/templates`, or one of your own. */
export interface ViewRenderer {
  /** @param settings with the folders that this app looks templates up in, if it has some of its own */
  render(template: unknown, vars: object, settings?: ViewSettings): string;
  renderAsync(template: unknown, vars: object, settings?: ViewSettings): Promise<string>;
  /** Whether a template has to be rendered by `renderAsync`. */
  waits?(template: unknown, settings?: ViewSettings): boolean;
  stream?(template: unknown, vars: object, settings?: ViewSettings): Iterable<string> | AsyncIterable<string>;
}

/** What a view tells its renderer. */
export interface ViewSettings {
  lookup?: readonly string[];
}

/** What `@View` may be told. */
export interface ViewOptions {
  /** Default: SimpleTemplate. */
  engine?: ViewRenderer;
  /**
   * Whether clients that prefer JSON (by `Accept`) get the returned object as JSON, all of it, also what the template does not
   * show. Default: true.
   */
  json?: boolean;
  /** Sends the page in pieces while it is rendered. What the template reads must not be gone when the method has returned. */
  stream?: boolean;
  /** Renders with `renderAsync`. Default: where the engine says that the template waits. */
  async?: boolean;
}

/** A view as it was declared: `@View`, or `template` in a route's `config`. */
export interface ViewMark {
  template: unknown;
  defaults: object;
  options: ViewOptions;
}

/** How a view is told in a route's `config`: the template, or a list of what `@View` takes. */
export type ViewConfig = string | object | readonly [template: unknown, defaults?: object, options?: ViewOptions];
