import type { OpenAPIOperation, OpenAPIResponse, PluginDocs, RouteDocs } from '../app/openapi.js';
import type { Route } from '../app/route.js';
import { DOCS } from '../controllers/documentation.js';
import type { Components } from './components.js';
import { inputsOf } from './inputs.js';
import type { NamedWildcard } from './paths.js';
import { responsesOf } from './responses.js';
import { Values } from './values.js';

/** What is said of a route in words: by decorators, its controller's, and its `config`. */
export interface Words extends RouteDocs {
  readonly isHidden: boolean;
}

/** Gathers what is said of a route: its own before its controller's, `config` before decorators. */
export function wordsOf({ endpoint, options }: Route): Words {
  const { extras, group } = endpoint;
  const general: ReadonlyMap<string | symbol, unknown> = group?.description.extras ?? new Map();
  const configs = [group?.config.openapi, options.config?.openapi];
  const [shared, own] = configs.map((config) => (typeof config === 'object' && config !== null ? (config as RouteDocs) : {}));
  const tags = extras.get(DOCS.tags) ?? general.get(DOCS.tags) ?? (group === undefined ? undefined : [group.description.name]);
  const said = {
    summary: extras.get(DOCS.summary),
    description: extras.get(DOCS.description),
    tags,
    deprecated: extras.get(DOCS.deprecated) ?? general.get(DOCS.deprecated),
  };
  const isHidden = extras.has(DOCS.hidden) || general.has(DOCS.hidden) || (configs[1] ?? configs[0]) === false;
  const known = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...known, ...shared, ...own, isHidden };
}

/** Describes what answers one verb at one path. */
export function operationOf(
  route: Route,
  wildcards: readonly NamedWildcard[],
  plugins: readonly PluginDocs[],
  { isHidden: _, responses: told = {}, operationId, ...words }: Words & { operationId: string },
  components: Components,
): OpenAPIOperation {
  const { parameters, requestBody } = inputsOf(route, wildcards, new Values(components, `${operationId}_input`));
  const responses = responsesOf(route, plugins, components);
  for (const [status, more] of Object.entries(told)) {
    responses[status] = { description: '', ...responses[status], ...more } satisfies OpenAPIResponse;
  }
  const security = securityOf(plugins);
  const { tags, summary, description, ...others } = words;
  return {
    ...(tags !== undefined && { tags }),
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    operationId,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses,
    ...(security !== undefined && { security: [security] }),
    ...others,
  };
}

/** All of them are needed, so they make one requirement. */
function securityOf(plugins: readonly PluginDocs[]): Record<string, readonly string[]> | undefined {
  const needed = plugins.flatMap(({ security }) => security ?? []);
  return needed.length === 0 ? undefined : Object.fromEntries(needed.map(({ name, scopes = [] }) => [name, scopes]));
}

/** Names for operations, each given once. */
export class OperationIds {
  readonly #reserved: ReadonlySet<string>;
  readonly #taken = new Set<string>();

  /** @param reserved what routes ask for themselves. */
  constructor(reserved: Iterable<string>) {
    this.#reserved = new Set(reserved);
  }

  /**
   * What the route asks for, else `Posts_show` for `Posts.show`, and a function without a name by verb and path; with the verb, or
   * a number, where that is taken.
   */
  next({ endpoint }: Route, verb: string, path: string, wanted?: string): string {
    const isNamed = !endpoint.isFunction || endpoint.fn.name !== '';
    const base = wanted ?? identifier(isNamed ? endpoint.displayName : `${verb}_${path}`);
    const isFree = (id: string): boolean => !this.#taken.has(id) && (id === wanted || !this.#reserved.has(id));
    let id = base;
    if (!isFree(id) && isNamed) id = `${base}_${verb}`;
    for (let n = 2; !isFree(id); n++) id = `${base}_${n}`;
    this.#taken.add(id);
    return id;
  }
}

function identifier(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_|_$/g, '') || 'root';
}
