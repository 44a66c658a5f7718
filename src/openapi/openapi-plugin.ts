import type { OpenAPIDocument, OpenAPIOptions } from './document-types.js';
import { type App, checkOptions, type Context, HTTPError, type Plugin, staticFile } from '../kit/index.js';
import { DOCUMENT_OPTIONS, buildDocument, setDefaultOptions } from './document.js';
import { ASSETS, assetsFolder, pageHtml, policy, relativePath, START_SCRIPT } from './docs-page.js';

/** Options of `OpenAPIPlugin`: those of the document, and the paths. */
export interface OpenAPIPluginOptions extends OpenAPIOptions {
  /** The path of the document. Default: `/openapi.json`. */
  path?: string;
  /** The path of the documentation page; `false` for none. Default: `/docs`. */
  ui?: string | false;
}

const HIDDEN = { config: { openapi: false } };

/**
 * Serves the OpenAPI document of an app, and a page that shows it and sends test requests (Swagger UI). The page works without internet
 * access, because its files come from the package `swagger-ui-dist`, which you install as well.
 *
 * The document is built on the first request, and again after routes or plugins have changed. The app's plugins also apply to both routes.
 * The document does not contain these routes.
 *
 * `openapi(app)` and `bottlenose openapi` use the options of the installed plugin.
 *
 * @throws TypeError for invalid or unknown options. `install` throws an Error if `swagger-ui-dist` is not installed.
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
    setDefaultOptions(this, rest);
  }

  setup(app: App): void {
    // A second `install` in the same app keeps the existing routes.
    if (this.#served.has(app)) return;
    const folder = this.#ui === undefined ? undefined : assetsFolder();
    const served = new ServedDocument(app, this.#options);
    this.#served.set(app, served);
    app.hook('appReset', () => served.invalidate());
    app.get(
      this.#path,
      (_args, context) => {
        this.#requireInstalled(app);
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
          this.#requireInstalled(app);
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

  #requireInstalled(app: App): void {
    if (!app.plugins.includes(this)) throw new HTTPError(404);
  }
}

/** The cached document of one app. */
class ServedDocument {
  readonly #app: App;
  readonly #options: OpenAPIOptions;
  #document: OpenAPIDocument | undefined = undefined;
  #routeCount = 0;
  readonly #texts = new Map<string, string>();

  constructor(app: App, options: OpenAPIOptions) {
    this.#app = app;
    this.#options = options;
  }

  invalidate(): void {
    this.#document = undefined;
  }

  text({ request }: Context): string {
    const count = routeCount(this.#app);
    if (this.#document === undefined || count !== this.#routeCount) {
      this.#document = buildDocument(this.#app, this.#options);
      this.#routeCount = count;
      this.#texts.clear();
    }
    // An app may be mounted in several places. The server URL is the mount point of this request.
    const url = request.scriptName.replace(/\/$/, '') || '/';
    const cached = this.#texts.get(url);
    if (cached !== undefined) return cached;
    const { openapi: version, info, ...rest } = this.#document;
    const text = JSON.stringify({ openapi: version, info, servers: [{ url }], ...rest });
    // The cache is limited, because mount points with wildcards have any number of URLs.
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
