import type { HandlerOptions } from './error-decorator.js';
import { type ClassMark, classDecorator, classOrMethodDecorator, methodDecorator } from './decorator-factory.js';
import type { PluginReference, RouteOptions, SkipReference } from './route-options.js';
import type { ViewOptions } from './view-options.js';

export type { ClassMark, MethodMark } from './decorator-factory.js';
export * from './error-decorator.js';
export * from './route-decorators.js';
export * from './websocket-decorator.js';

/** What `@Controller` may be given: a prefix or none, and route options. */
export interface ControllerDecorator {
  (prefix?: string, options?: RouteOptions): ClassMark;
  (options: RouteOptions): ClassMark;
}

/**
 * Makes a class a group of routes under a prefix.
 *
 * @param prefix - put in front of the rules of its methods; wildcards are allowed. Default: none
 * @param options - route options for all of its routes. A subclass inherits both unless it has a `@Controller` of its own, whose
 *   options are laid over its parent's
 *
 * @example
 * @Controller('/posts')
 * class Posts {
 *   @Get('/<id:int>') show(id: number) {}
 * }
 */
export const Controller: ControllerDecorator = classDecorator(
  'Controller',
  (marks, first?: string | RouteOptions, second?: RouteOptions) => {
    marks.prefix = typeof first === 'string' ? first : '';
    marks.options = { ...(typeof first === 'object' ? first : second) };
  },
);

/** A moment around this controller's routes. */
export type HookName = 'beforeRequest' | 'afterRequest';

/**
 * Runs this method around every request of this controller's routes.
 *
 * @param name - `beforeRequest`, or `afterRequest`, which runs in every case
 *
 * @example
 * @Hook('beforeRequest')
 * open(request: Request) {}
 *
 * @see Bottle's `hook()`
 */
export const Hook = methodDecorator('Hook', (marks, name: HookName, options?: HandlerOptions) => {
  marks.hooks = [name, ...(marks.hooks ?? [])];
  if (options?.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
});

/**
 * Renders the object that the method returns with a template. A string, a list, a stream or a response passes as it is; nothing
 * (`undefined`, `null`) renders the defaults alone. On an error handler the status of the error stays.
 *
 * Clients whose `Accept` header prefers JSON get the object itself, without the defaults; from an error handler, the problem
 * details of the error (RFC 9457). Where a page reads objects that not everything of may be seen, turn that off with
 * `{ json: false }`. A method that sets a `Content-Type` itself is always rendered.
 *
 * Functions say the same in their route's `config`: `{ template: 'posts.tpl' }`, or `{ template: ['posts.tpl', defaults, options] }`.
 *
 * @param template - its name, its source, a `SimpleTemplate`, or `{ name }` or `{ source }` with settings. Names are looked up in
 *   the configuration's `templatePath`, then in `TEMPLATE_PATH`
 * @param defaults - values for names that the returned object lacks
 *
 * @example
 * @Get() @View('posts.tpl', { title: 'Posts' })
 * list(db: Database) { return { posts: db.prepare('SELECT * FROM posts').all() }; }
 *
 * @see Bottle's `view()`
 */
export const View = methodDecorator('View', (marks, template: unknown, defaults: object = {}, options: ViewOptions = {}) => {
  marks.view = { template, defaults, options };
});

/**
 * The status of the method's successful response, unless it sets one itself.
 *
 * @param code - 100 to 999
 *
 * @example
 * @Post() @Status(201)
 * create(@Body() post: NewPost) {}
 */
export const Status = methodDecorator('Status', (marks, code: number) => {
  marks.status = code;
});

/**
 * A header of the method's successful response, unless it sets that one itself. Several may stand on one method.
 *
 * @example
 * @Get() @SetHeader('Cache-Control', 'max-age=60')
 * list() {}
 */
export const SetHeader = methodDecorator('SetHeader', (marks, name: string, value: string | number) => {
  marks.headers = [[String(name), String(value)], ...(marks.headers ?? [])];
});

/**
 * Applies plugins to this route, or to every route of this class, without installing them in the app; the first is the
 * outermost. A subclass adds to its parent's; on a method that overrides another, it replaces the other's.
 *
 * @example
 * @Get('/secret') @Apply(new BasicAuth(users))
 * secret() {}
 */
export const Apply = classOrMethodDecorator('Apply', (marks, ...plugins: PluginReference[]) => {
  marks.apply = [...plugins, ...(marks.apply ?? [])];
});

/**
 * Leaves installed plugins out, for this route or for every route of this class. A subclass adds to its parent's; on a method
 * that overrides another, it replaces the other's.
 *
 * @param plugins - by name, class or instance, or `true` for all
 *
 * @example
 * @Get('/health') @Skip('sqlite', SessionPlugin)
 * health() {}
 */
export const Skip = classOrMethodDecorator('Skip', (marks, ...plugins: SkipReference[]) => {
  marks.skip = [...plugins, ...(marks.skip ?? [])];
});
