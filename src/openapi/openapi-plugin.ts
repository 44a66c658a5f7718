import type { OpenAPIDocument, OpenAPIOptions } from './document-types.js';
import { type App, checkOptions, type Context, HTTPError, type Plugin, staticFile } from '../kit/index.js';
import { DOCUMENT_OPTIONS, describeBy, documentOf } from './document.js';
import { ASSETS, assetsFolder, pageHtml, policy, relativePath, START_SCRIPT } from './docs-page.js';

/** What `OpenAPIPlugin` may be told, besides what the document says of the whole API. */
export interface OpenAPIPluginOptions extends OpenAPIOptions {
  /** Where the document is. Default: `/openapi.json`. */
  path?: string;
  /** Where the documentation page is; `false` for none. Default: `/docs`. */
  ui?: string | false;
}

const HIDDEN = { config: { openapi: false } };

/**
 * Serves the OpenAPI document of the app that it is installed in, and a page to read it and try it out (Swagger UI). The page
 * works without a network: all of it comes from the package `swagger-ui-dist`, which you install beside this one.
 *
 * The document is made when it is first asked for, and anew after routes or plugins have changed. Both routes are ordinary ones:
 * the app's plugins guard them too, and they do not tell of themselves.
 *
 * `openapi(app)` and `bottlenose openapi` say the same of the whole API as the document that is served.
 *
 * @throws TypeError for options that make no sense or do not exist. Error, where it is installed, when `swagger-ui-dist` is not.
 * @example
 * import { Bottle } from 'bottlenose';
 * import { OpenAPIPlugin } from 'bottlenose/openapi';
 *
 * const app = new Bottle();
 * app.install(new OpenAPIPlugin({ title: 'Blog', version: '1.0.0', ui: '/docs' }));
 */
export class OpenAPIPlugin implements Plugin {
  readonly name = 'openapi';
  readonly #path: string;
  readonly #ui: string | undefined;
  readonly #options: OpenAPIOptions;
  readonly #served = new WeakMap<App, ServedDocument>();

  constructor(options: OpenAPIPluginOptions = {}) {
    checkOptions('OpenAPIPlugin', options, [...DOCUMENT_OPTIONS, 'path', 'ui']);
    const { path = '/openapi.json', ui = '/docs', ...rest } = options;
    this.#path = plainPath('path', path);
    this.#ui = ui === false ? undefined : plainPath('ui', ui);
    this.#options = rest;
    describeBy(this, rest);
  }

  setup(app: App): void {
    // Installed anew, its routes are still there.
    if (this.#served.has(app)) return;
    const folder = this.#ui === undefined ? undefined : assetsFolder();
    const served = new ServedDocument(app, this.#options);
    this.#served.set(app, served);
    app.hook('appReset', () => served.forget());
    app.get(
      this.#path,
      (_args, context) => {
        this.#mustBeInstalled(app);
        context.response.setHeader('Content-Type', 'application/json');
        return served.text(context);
      },
      HIDDEN,
    );
    if (this.#ui !== undefined && folder !== undefined) this.#addPage(app, this.#ui, folder);
  }

  #addPage(app: App, ui: string, folder: string): void {
    const base = `${ui === '/' ? '' : ui}/assets`;
    const { title = 'API', servers = [] } = this.#options;
    const html = pageHtml(title, relativePath(ui, base), relativePath(ui, this.#path));
    const serve = (path: string, answer: (context: Context) => unknown): void => {
      app.get(
        path,
        (_args, context) => {
          this.#mustBeInstalled(app);
          return answer(context);
        },
        HIDDEN,
      );
    };
    serve(ui, ({ response }) => {
      response.setHeader('Content-Type', 'text/html; charset=UTF-8');
      response.setHeader('Content-Security-Policy', policy(servers));
      return html;
    });
    serve(`${base}/start.js`, ({ response }) => {
      response.setHeader('Content-Type', 'text/javascript; charset=UTF-8');
      return START_SCRIPT;
    });
    for (const name of ASSETS) serve(`${base}/${name}`, () => staticFile(name, { root: folder, maxAge: 3600 }));
  }

  #mustBeInstalled(app: App): void {
    if (!app.plugins.includes(this)) throw new HTTPError(404);
  }
}

/** The document of one app, kept until something changes. */
class ServedDocument {
  readonly #app: App;
  readonly #options: OpenAPIOptions;
  #document: OpenAPIDocument | undefined = undefined;
  #routes = 0;
  readonly #texts = new Map<string, string>();

  constructor(app: App, options: OpenAPIOptions) {
    this.#app = app;
    this.#options = options;
  }

  forget(): void {
    this.#document = undefined;
  }

  text({ request }: Context): string {
    const routes = routeCount(this.#app);
    if (this.#document === undefined || routes !== this.#routes) {
      this.#document = documentOf(this.#app, this.#options);
      this.#routes = routes;
      this.#texts.clear();
    }
    // An app may be mounted in several places, and then its routes are where it was found.
    const url = request.scriptName.replace(/\/$/, '') || '/';
    const known = this.#texts.get(url);
    if (known !== undefined) return known;
    const { openapi: version, info, ...rest } = this.#document;
    const text = JSON.stringify({ openapi: version, info, servers: [{ url }], ...rest });
    // Where wildcards stand in the mount point, there is no end of them.
    if (this.#texts.size < 20) this.#texts.set(url, text);
    return text;
  }
}

function routeCount(app: App): number {
  return app.mounted.reduce((sum, mounted) => sum + routeCount(mounted), app.routes.length);
}

function plainPath(option: string, path: unknown): string {
  if (typeof path === 'string' && /^\/[^<>:\\?#]*$/.test(path) && (path === '/' || !path.endsWith('/'))) return path;
  throw new TypeError(
    `OpenAPIPlugin({ ${option}: ${JSON.stringify(path)} }): give a path without wildcards that begins with a slash, such as '/docs'.`,
  );
}
