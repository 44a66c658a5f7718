/**
 * `bottlenose/templates`: SimpleTemplate, and other template engines with its interface.
 *
 * @module
 */
import { View } from '../controllers/decorators/controller-decorators.js';
import type { MethodMark } from '../controllers/decorators/decorator-factory.js';
import type { ViewOptions } from '../controllers/decorators/view-options.js';
import {
  ejsEngine,
  type EngineTemplate,
  etaEngine,
  handlebarsEngine,
  nunjucksEngine,
  type TemplateEngine,
} from '../templates/engines/index.js';

export * from '../templates/engines/index.js';
export * from '../templates/index.js';

/** `@View` with another engine. */
export type EngineView = (
  template: EngineTemplate,
  defaults?: object,
  options?: Omit<ViewOptions, 'engine' | 'stream'>,
) => MethodMark;

function viewOf(engine: TemplateEngine): EngineView {
  return (template, defaults, options) => View(template, defaults, { ...options, engine });
}

/**
 * `@View` with a template of Nunjucks.
 *
 * @example
 * @Get() @nunjucksView('posts.njk', { title: 'Posts' })
 * list(db: Database) { return { posts: db.prepare('SELECT * FROM posts').all() }; }
 *
 * @see Bottle's `jinja2_view`
 */
export const nunjucksView: EngineView = viewOf(nunjucksEngine);

/** `@View` with a template of EJS. */
export const ejsView: EngineView = viewOf(ejsEngine);

/** `@View` with a template of Eta. */
export const etaView: EngineView = viewOf(etaEngine);

/** `@View` with a template of Handlebars. */
export const handlebarsView: EngineView = viewOf(handlebarsEngine);
