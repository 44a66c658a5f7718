import {
  type App,
  checkOptions,
  describeRoutes,
  type Plugin,
  type PluginDocs,
  type RouteDescription,
  type SecurityScheme,
} from '../kit/index.js';
import type { OpenAPIDocument, OpenAPIOperation, OpenAPIOptions, OpenAPIPath, OpenAPITag, RouteDocs } from './document-types.js';
import { Components } from './components.js';
import { docsOfPlugins, OperationIds, operationOf } from './operation.js';
import { type PathTemplate, pathTemplate } from './path-template.js';

/** The verbs that OpenAPI 3.1 knows (§4.8.9). */
const VERBS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
/** What stands for `ANY`, as far as no other route takes it. */
const ANY_VERBS = ['get', 'put', 'post', 'delete', 'patch'];
/** Verbs whose bodies have no meaning (RFC 9110 §9.3). */
const BODILESS = new Set(['get', 'head']);

/** A route that the document tells of. */
interface DocumentedRoute {
  readonly described: RouteDescription;
  readonly template: PathTemplate;
  readonly verbs: readonly string[];
}

/** What installed plugins say of the whole API. */
const optionsOfPlugins = new WeakMap<Plugin, OpenAPIOptions>();

/** Notes what documents of the apps that have a plugin installed say, where nobody says otherwise. */
export function describeBy(plugin: Plugin, options: OpenAPIOptions): void {
  optionsOfPlugins.set(plugin, options);
}

/** What a document may be told of the whole API. */
export const DOCUMENT_OPTIONS = [
  'title',
  'version',
  'summary',
  'description',
  'termsOfService',
  'contact',
  'license',
  'servers',
  'tags',
  'externalDocs',
] as const;

/**
 * Describes an app, and those mounted in it, as an OpenAPI 3.1 document: from rules, parameters, validators, `@Returns`, `@Summary`
 * and its like. `OpenAPIPlugin` serves it.
 *
 * @param options What the document says of the whole API. Default: what the installed `OpenAPIPlugin` was told, else the title `API`
 *   and the version `0.0.0`.
 * @throws WiringError when the wiring is not whole. TypeError for an option that does not exist.
 * @example openapi(app, { title: 'Blog', version: '1.0.0' });
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openapi(app: App, options: OpenAPIOptions = {}): OpenAPIDocument {
  checkOptions('openapi', options, DOCUMENT_OPTIONS);
  const installed = app.plugins.findLast((plugin) => optionsOfPlugins.has(plugin));
  return documentOf(app, { ...(installed && optionsOfPlugins.get(installed)), ...options });
}

/** The same, with nothing but what is given. */
export function documentOf(app: App, options: OpenAPIOptions): OpenAPIDocument {
  const components = new Components();
  const routes = documentedRoutes(app);
  const ids = new OperationIds(routes.flatMap(({ described }) => (described.docs as RouteDocs).operationId ?? []));
  const schemes: Record<string, SecurityScheme> = {};
  const paths = new Map<string, { path: string; template: PathTemplate; operations: OpenAPIPath }>();
  for (const { described, template, verbs } of routes) {
    // OpenAPI takes /posts/{id} and /posts/{name} for one path: it has the names of the first.
    const known = paths.get(template.hierarchy) ?? { path: template.path, template, operations: {} };
    paths.set(template.hierarchy, known);
    const wildcards = template.wildcards.map((one, i) => ({ ...one, name: known.template.wildcards[i]?.name ?? one.name }));
    for (const verb of verbs) {
      const operationId = ids.next(described, verb, template.path);
      const operation = operationOf(described, wildcards, operationId, components);
      addOperation(known.operations, verb, BODILESS.has(verb) ? withoutBody(operation) : operation);
    }
    addSchemes(schemes, docsOfPlugins(described));
  }
  const tags = tagsOf(routes, options.tags ?? []);
  const { title = 'API', version = '0.0.0', servers, tags: _, externalDocs, ...info } = options;
  const draft: OpenAPIDocument = {
    openapi: '3.1.0',
    info: { title, version, ...info },
    ...(servers !== undefined && { servers }),
    paths: Object.fromEntries([...paths.values()].map(({ path, operations }) => [path, operations])),
    ...(tags.length > 0 && { tags }),
    ...(externalDocs !== undefined && { externalDocs }),
  };
  const { document, schemas } = components.finish(draft);
  const parts = {
    ...(Object.keys(schemas).length > 0 && { schemas }),
    ...(Object.keys(schemes).length > 0 && { securitySchemes: schemes }),
  };
  return Object.keys(parts).length > 0 ? { ...document, components: parts } : document;
}

/** The routes of an app and of those mounted in it: no WebSockets, and no mounted handlers that are not apps. */
function documentedRoutes(app: App): DocumentedRoute[] {
  const all = describeRoutes(app).map((described) => ({ described, template: pathTemplate(described.parts) }));
  const verbOf = ({ route }: RouteDescription): string => route.method.toLowerCase();
  const taken = new Set(all.map(({ described, template }) => `${verbOf(described)} ${template.hierarchy}`));
  return all.flatMap(({ described, template }) => {
    if (described.isHidden) return [];
    const verb = verbOf(described);
    const known = verb === 'any' ? ANY_VERBS.filter((one) => !taken.has(`${one} ${template.hierarchy}`)) : [verb];
    const verbs = known.filter((one) => VERBS.has(one));
    return verbs.length === 0 ? [] : [{ described, template, verbs }];
  });
}

function withoutBody({ requestBody: _, ...operation }: OpenAPIOperation): OpenAPIOperation {
  return operation;
}

/**
 * Two rules may differ only in what their wildcards match, which OpenAPI has no way to say: what is tried first is the operation,
 * and the others stand in it, under a name of our own.
 */
function addOperation(operations: OpenAPIPath, verb: string, operation: OpenAPIOperation): void {
  const first = operations[verb];
  if (first === undefined) operations[verb] = operation;
  else
    operations[verb] = { ...first, 'x-alternatives': [...((first['x-alternatives'] as object[] | undefined) ?? []), operation] };
}

function addSchemes(schemes: Record<string, SecurityScheme>, plugins: readonly PluginDocs[]): void {
  for (const { security } of plugins) if (security !== undefined) schemes[security.name] ??= security.scheme;
}

/** Tags in the order that the options say, then in that of their first use, with what their controllers say. */
function tagsOf(routes: readonly DocumentedRoute[], said: readonly OpenAPITag[]): OpenAPITag[] {
  const tags = new Map<string, OpenAPITag>(said.map((tag) => [tag.name, tag]));
  for (const { described } of routes) {
    const { controller } = described;
    const own = controller?.tags?.[0] ?? controller?.name;
    for (const name of (described.docs as RouteDocs).tags ?? []) {
      const description = name === own ? controller?.description : undefined;
      const known = tags.get(name);
      if (known === undefined) tags.set(name, { name, ...(description !== undefined && { description }) });
      else if (known.description === undefined && description !== undefined) tags.set(name, { ...known, description });
    }
  }
  return [...tags.values()];
}
