import type { OpenAPIOperation, OpenAPIResponse, RouteDocs } from './document-types.js';
import type { PluginDocs, RouteDescription } from '../kit/index.js';
import type { Components } from './components.js';
import { inputsOf } from './inputs.js';
import type { NamedWildcard } from './path-template.js';
import { responsesOf } from './responses.js';
import { Values } from './parameter-values.js';

/** Describes what answers one verb at one path. */
export function operationOf(
  described: RouteDescription,
  wildcards: readonly NamedWildcard[],
  operationId: string,
  components: Components,
): OpenAPIOperation {
  const { responses: told = {}, operationId: _, ...words } = described.docs as RouteDocs;
  const plugins = docsOfPlugins(described);
  const { parameters, requestBody } = inputsOf(described, wildcards, new Values(components, `${operationId}_input`));
  const responses = responsesOf(described, plugins, components);
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

/** What the plugins say that are in effect on a route and on the mounts around it, outermost first. */
export function docsOfPlugins({ plugins }: RouteDescription): PluginDocs[] {
  return plugins.flatMap(({ openapi }) => openapi ?? []);
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
  next({ route, docs }: RouteDescription, verb: string, path: string): string {
    const { operationId: wanted } = docs as RouteDocs;
    const isNamed = route.controller !== undefined || route.fn.name !== '';
    const base = wanted ?? identifier(isNamed ? route.displayName : `${verb}_${path}`);
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
