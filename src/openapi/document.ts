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
import { docsOfPlugins, OperationIds, operationOf, securityAlternatives } from './operation.js';
import { type PathTemplate, pathTemplate } from './path-template.js';

/** The verbs of a Path Item in OpenAPI 3.1 (§4.8.9). */
const VERBS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
/** The verbs documented for `ANY`, unless another route handles them. */
const ANY_VERBS = ['get', 'put', 'post', 'delete', 'patch'];
/** Verbs whose bodies have no meaning (RFC 9110 §9.3). */
const BODILESS = new Set(['get', 'head']);

/** A route of the document. */
interface DocumentedRoute {
  readonly described: RouteDescription;
  readonly template: PathTemplate;
  readonly verbs: readonly string[];
}

const defaultOptions = new WeakMap<Plugin, OpenAPIOptions>();

/** Sets the default options for documents of apps in which a plugin is installed. */
export function setDefaultOptions(plugin: Plugin, options: OpenAPIOptions): void {
  defaultOptions.set(plugin, options);
}

/** The names of the options of a document. */
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
 * Builds the OpenAPI 3.1 document of an app and the apps mounted in it, from rules, parameters, validators, `@Returns`, `@Summary` and
 * similar decorators. `OpenAPIPlugin` serves it.
 *
 * @param app the app to describe.
 * @param options the title, the version and other facts about the API. Default: the options of the installed `OpenAPIPlugin`, else the
 *   title `API` and the version `0.0.0`.
 * @throws WiringError if the wiring has problems. TypeError for an unknown option.
 * @example openapi(app, { title: 'Blog', version: '1.0.0' });
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openapi(app: App, options: OpenAPIOptions = {}): OpenAPIDocument {
  checkOptions('openapi', options, DOCUMENT_OPTIONS);
  const installed = app.plugins.findLast((plugin) => defaultOptions.has(plugin));
  return buildDocument(app, { ...(installed && defaultOptions.get(installed)), ...options });
}

/** Builds the document without the options of an installed plugin. */
export function buildDocument(app: App, options: OpenAPIOptions): OpenAPIDocument {
  const components = new Components();
  const routes = documentedRoutes(app);
  const ids = new OperationIds(routes.flatMap(({ described }) => (described.docs as RouteDocs).operationId ?? []));
  const schemes: Record<string, SecurityScheme> = {};
  const paths = new Map<string, { path: string; template: PathTemplate; operations: OpenAPIPath }>();
  for (const { described, template, verbs } of routes) {
    // OpenAPI treats /posts/{id} and /posts/{name} as one path. The names of the first one are used.
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

/** The routes of an app and of the apps mounted in it, without WebSockets and other mounted handlers. */
function documentedRoutes(app: App): DocumentedRoute[] {
  const all = describeRoutes(app).map((described) => ({ described, template: pathTemplate(described.parts) }));
  const verbOf = ({ route }: RouteDescription): string => route.method.toLowerCase();
  const handled = new Set(all.map(({ described, template }) => `${verbOf(described)} ${template.hierarchy}`));
  return all.flatMap(({ described, template }) => {
    if (described.isHidden) return [];
    const verb = verbOf(described);
    const candidates = verb === 'any' ? ANY_VERBS.filter((one) => !handled.has(`${one} ${template.hierarchy}`)) : [verb];
    const verbs = candidates.filter((one) => VERBS.has(one));
    return verbs.length === 0 ? [] : [{ described, template, verbs }];
  });
}

function withoutBody({ requestBody: _, ...operation }: OpenAPIOperation): OpenAPIOperation {
  return operation;
}

/**
 * Adds an operation. Two rules may differ only in the patterns of their wildcards, which OpenAPI cannot express. The first route becomes
 * the operation, and the others are listed in its extension `x-alternatives`.
 */
function addOperation(operations: OpenAPIPath, verb: string, operation: OpenAPIOperation): void {
  const first = operations[verb];
  if (first === undefined) operations[verb] = operation;
  else
    operations[verb] = { ...first, 'x-alternatives': [...((first['x-alternatives'] as object[] | undefined) ?? []), operation] };
}

function addSchemes(schemes: Record<string, SecurityScheme>, plugins: readonly PluginDocs[]): void {
  for (const { name, scheme } of plugins.flatMap(securityAlternatives)) schemes[name] ??= scheme;
}

/** The tags: those of the options first, then the others in the order of their first use, with the descriptions of controllers. */
function tagsOf(routes: readonly DocumentedRoute[], declared: readonly OpenAPITag[]): OpenAPITag[] {
  const tags = new Map<string, OpenAPITag>(declared.map((tag) => [tag.name, tag]));
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
