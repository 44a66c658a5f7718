import type { Bottle } from '../app/bottle.js';
import type {
  OpenAPIDocument,
  OpenAPIOperation,
  OpenAPIOptions,
  OpenAPIPath,
  OpenAPITag,
  PluginDocs,
  SecurityScheme,
} from '../app/openapi.js';
import { WiringError } from '../controllers/wiring.js';
import { DOCS } from '../controllers/documentation.js';
import { Components } from './components.js';
import { OperationIds, operationOf, type Words, wordsOf } from './operation.js';
import { type PathTemplate, pathTemplate } from './paths.js';
import { type Place, placesOf } from './places.js';
import { pluginDocs } from './security.js';

/** The verbs that OpenAPI 3.1 knows (§4.8.9). */
const VERBS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
/** What stands for `ANY`, as far as no other route takes it. */
const ANY_VERBS = ['get', 'put', 'post', 'delete', 'patch'];
/** Verbs whose bodies have no meaning (RFC 9110 §9.3). */
const BODILESS = new Set(['get', 'head']);

interface Described {
  readonly place: Place;
  readonly template: PathTemplate;
  readonly words: Words;
  readonly verbs: readonly string[];
}

/**
 * Describes an app, and those mounted in it, as an OpenAPI 3.1 document: from rules, parameters, validators, `@Returns`, `@Summary`
 * and its like. `OpenAPIPlugin` serves it.
 *
 * @param options What the document says of the whole API. Default: title `API`, version `0.0.0`.
 * @throws WiringError when the wiring is not whole.
 * @example openapi(app, { title: 'Blog', version: '1.0.0' });
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openapi(app: Bottle, options: OpenAPIOptions = {}): OpenAPIDocument {
  const problems = app.wiringPending();
  if (problems.length > 0) throw new WiringError(problems);
  const components = new Components();
  const described = describedPlaces(app);
  const ids = new OperationIds(described.flatMap(({ words }) => words.operationId ?? []));
  const schemes: Record<string, SecurityScheme> = {};
  const paths = new Map<string, { path: string; template: PathTemplate; operations: OpenAPIPath }>();
  for (const { place, template, words, verbs } of described) {
    // OpenAPI takes /posts/{id} and /posts/{name} for one path: it has the names of the first.
    const known = paths.get(template.hierarchy) ?? { path: template.path, template, operations: {} };
    paths.set(template.hierarchy, known);
    const wildcards = template.wildcards.map((one, i) => ({ ...one, name: known.template.wildcards[i]?.name ?? one.name }));
    const plugins = pluginDocs(place);
    for (const verb of verbs) {
      const operationId = ids.next(place.route, verb, template.path, words.operationId);
      const operation = operationOf(place.route, wildcards, plugins, { ...words, operationId }, components);
      addOperation(known.operations, verb, BODILESS.has(verb) ? withoutBody(operation) : operation);
    }
    addSchemes(schemes, plugins);
  }
  const tags = tagsOf(described, options.tags ?? []);
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

function describedPlaces(app: Bottle): Described[] {
  const all = placesOf(app).map((place) => ({ place, template: pathTemplate(place.parts), words: wordsOf(place.route) }));
  const taken = new Set(all.map(({ place, template }) => `${place.route.method.toLowerCase()} ${template.hierarchy}`));
  return all.flatMap(({ place, template, words }) => {
    if (words.isHidden) return [];
    const verb = place.route.method.toLowerCase();
    const verbs = verb === 'any' ? ANY_VERBS.filter((one) => !taken.has(`${one} ${template.hierarchy}`)) : [verb];
    return [{ place, template, words, verbs: verbs.filter((one) => VERBS.has(one)) }];
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
function tagsOf(described: readonly Described[], said: readonly OpenAPITag[]): OpenAPITag[] {
  const tags = new Map<string, OpenAPITag>(said.map((tag) => [tag.name, tag]));
  for (const { place, words } of described) {
    const extras = place.route.endpoint.group?.description.extras;
    const own = (extras?.get(DOCS.tags) as string[] | undefined)?.[0] ?? place.route.endpoint.group?.description.name;
    for (const name of words.tags ?? []) {
      const description = name === own ? (extras?.get(DOCS.description) as string | undefined) : undefined;
      const known = tags.get(name);
      if (known === undefined) tags.set(name, { name, ...(description !== undefined && { description }) });
      else if (known.description === undefined && description !== undefined) tags.set(name, { ...known, description });
    }
  }
  return [...tags.values()];
}
