import { HANDLER_OPTIONS, type HandlerOptions } from './error-decorator.js';
import {
  type ClassMark,
  classDecorator,
  classOrMethodDecorator,
  methodDecorator,
  recordUnknownOptions,
} from './decorator-factory.js';
import { ROUTE_OPTIONS, type PluginReference, type RouteOptions, type SkipReference } from './route-options.js';
import { VIEW_OPTIONS, type ViewOptions } from './view-options.js';

export * from './error-decorator.js';
export * from './route-decorators.js';
export * from './websocket-decorator.js';

/** The arguments of `@Controller`: a prefix or none, and route options. */
interface ControllerDecorator {
  (prefix?: string, options?: RouteOptions): ClassMark;
  (options: RouteOptions): ClassMark;
}

/**
 * Makes a class a group of routes under a prefix.
 *
 * @param prefix - the prefix of the rules of its methods; wildcards are allowed. Default: none
 * @param options - route options for all of its routes. A subclass inherits both. If it has its own `@Controller`, the options are
 *   merged, and its own override those of its parent
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
    recordUnknownOptions(marks, 'Controller', marks.options, ROUTE_OPTIONS);
  },
);

/** The names of the hooks of a controller. */
export type HookName = 'beforeRequest' | 'afterRequest';

/**
 * Runs a method before or after every request to the routes of this controller.
 *
 * @param name - `beforeRequest`, or `afterRequest`, which always runs, also after errors
 *
 * @example
 * @Hook('beforeRequest')
 * open(request: Request) {}
 *
 * @see Bottle's `hook()`
 */
export const Hook = methodDecorator('Hook', (marks, name: HookName, options?: HandlerOptions) => {
  recordUnknownOptions(marks, 'Hook', options, HANDLER_OPTIONS);
  marks.hooks = [name, ...(marks.hooks ?? [])];
  if (options?.params !== undefined) marks.params = [options.params, ...(marks.params ?? [])];
});

/**
 * Renders the object that the method returns with a template. Strings, lists, streams and responses are not changed. `undefined` and
 * `null` render the defaults only. On an error handler, the response has the status of the error.
 *
 * Clients whose `Accept` header prefers JSON get the object as JSON, without the defaults. From an error handler they get the problem
 * details of the error (RFC 9457). If the object contains data that clients must not see, turn this off with `{ json: false }`. If the
 * method sets a `Content-Type`, the template is always rendered.
 *
 * Function routes use `config`: `{ template: 'posts.tpl' }`, or `{ template: ['posts.tpl', defaults, options] }`.
 *
 * @param template - the name or source of a template, a `SimpleTemplate`, or `{ name }` or `{ source }` with settings. Names are looked
 *   up in the configuration's `templatePath`, then in `TEMPLATE_PATH`
 * @param defaults - values for names that the returned object does not have
 *
 * @example
 * @Get() @View('posts.tpl', { title: 'Posts' })
 * list(db: Database) { return { posts: db.prepare('SELECT * FROM posts').all() }; }
 *
 * @see Bottle's `view()`
 */
export const View = methodDecorator('View', (marks, template: unknown, defaults: object = {}, options: ViewOptions = {}) => {
  recordUnknownOptions(marks, 'View', options, VIEW_OPTIONS);
  marks.view = { template, defaults, options };
});

/**
 * Sets the status of the successful response, unless the method sets one itself.
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
 * Sets a header of the successful response, unless the method sets that header itself. A method may have several.
 *
 * @example
 * @Get() @SetHeader('Cache-Control', 'max-age=60')
 * list() {}
 */
export const SetHeader = methodDecorator('SetHeader', (marks, name: string, value: string | number) => {
  marks.headers = [[String(name), String(value)], ...(marks.headers ?? [])];
});

/**
 * Applies plugins to a route, or to every route of a class, without installing them in the app. The first is the outermost. The plugins
 * of a subclass are added to those of its parent. The plugins of an overriding method replace those of the overridden one.
 *
 * @example
 * @Get('/secret') @Apply(basicAuth(isMember))
 * secret() {}
 */
export const Apply = classOrMethodDecorator('Apply', (marks, ...plugins: PluginReference[]) => {
  marks.apply = [...plugins, ...(marks.apply ?? [])];
});

/**
 * Skips installed plugins, for a route or for every route of a class. The plugins of a subclass are added to those of its parent. The
 * plugins of an overriding method replace those of the overridden one.
 *
 * @param plugins - names, classes or instances, or `true` for all
 *
 * @example
 * @Get('/health') @Skip('sqlite', SQLitePlugin)
 * health() {}
 */
export const Skip = classOrMethodDecorator('Skip', (marks, ...plugins: SkipReference[]) => {
  marks.skip = [...plugins, ...(marks.skip ?? [])];
});
