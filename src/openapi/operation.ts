import type { OpenAPIOperation, OpenAPIResponse, RouteDocs } from './document-types.js';
import type { PluginDocs, RouteDescription, SecurityDocs } from '../kit/index.js';
import type { Components } from './components.js';
import { inputsOf } from './inputs.js';
import type { NamedWildcard } from './path-template.js';
import { responsesOf } from './responses.js';
import { Values } from './parameter-values.js';

/** Describes the operation of one verb at one path. */
export function operationOf(
  described: RouteDescription,
  wildcards: readonly NamedWildcard[],
  operationId: string,
  components: Components,
): OpenAPIOperation {
  const { responses: overrides = {}, operationId: _, ...docs } = described.docs as RouteDocs;
  const plugins = docsOfPlugins(described);
  const { parameters, requestBody } = inputsOf(described, wildcards, new Values(components, `${operationId}_input`));
  const responses = responsesOf(described, plugins, components);
  for (const [status, more] of Object.entries(overrides)) {
    responses[status] = { description: '', ...responses[status], ...more } satisfies OpenAPIResponse;
  }
  const security = securityOf(plugins);
  const { tags, summary, description, ...others } = docs;
  return {
    ...(tags !== undefined && { tags }),
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    operationId,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses,
    ...(security.length > 0 && { security }),
    ...others,
  };
}

/** The documentation of the plugins in effect on a route and the mounts around it, outermost first. */
export function docsOfPlugins({ plugins }: RouteDescription): PluginDocs[] {
  return plugins.flatMap(({ openapi }) => openapi ?? []);
}

/** The alternatives of the credentials that a plugin demands. */
export function securityAlternatives({ security }: PluginDocs): readonly SecurityDocs[] {
  return security === undefined ? [] : [security].flat();
}

/** The security requirements of a route. Of the list, one is enough. Each has a scheme of every plugin, because all plugins check. */
function securityOf(plugins: readonly PluginDocs[]): Record<string, readonly string[]>[] {
  const guards = plugins.map(securityAlternatives).filter((alternatives) => alternatives.length > 0);
  if (guards.length === 0) return [];
  return guards.reduce<Record<string, readonly string[]>[]>(
    (requirements, alternatives) =>
      requirements.flatMap((required) => alternatives.map(({ name, scopes = [] }) => ({ ...required, [name]: scopes }))),
    [{}],
  );
}

/** Assigns unique ids to operations. */
export class OperationIds {
  readonly #reserved: ReadonlySet<string>;
  readonly #taken = new Set<string>();

  /** @param reserved the ids that routes declare. */
  constructor(reserved: Iterable<string>) {
    this.#reserved = new Set(reserved);
  }

  /**
   * Returns the id that the route declares, else `Posts_show` for `Posts.show`. Functions without a name get verb and path. If the id is in
   * use, the verb or a number is appended.
   */
  next({ route, docs }: RouteDescription, verb: string, path: string): string {
    const { operationId: declared } = docs as RouteDocs;
    const isNamed = route.controller !== undefined || route.fn.name !== '';
    const base = declared ?? identifier(isNamed ? route.displayName : `${verb}_${path}`);
    const isFree = (id: string): boolean => !this.#taken.has(id) && (id === declared || !this.#reserved.has(id));
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
