import type { ControllerDescription } from '../../controllers/decorators/controller-description.js';
import { BadPathError, FilterValueError, RouteSyntaxError } from '../../routing/route-error.js';
import { Router } from '../../routing/router.js';
import { ErrorHandlers } from '../road/error-handlers.js';

/** A mounted controller: its instance, its prefix, and its error handlers. */
export class Group {
  readonly description: ControllerDescription;
  readonly instance: object;
  /** Mount point and controller prefix together, without a trailing slash. */
  readonly prefix: string;
  readonly errors = new ErrorHandlers();
  /** The `config` of its mount and `@Controller`. Its error handlers use it, because they belong to no route. */
  readonly config: Readonly<Record<string, unknown>>;
  #prefixRouter: Router<true> | undefined = undefined;

  constructor(
    description: ControllerDescription,
    instance: object,
    prefix: string,
    config: Readonly<Record<string, unknown>> = {},
  ) {
    this.description = description;
    this.instance = instance;
    this.prefix = prefix;
    this.config = config;
  }

  /** Whether an undecoded path is at or below the prefix. Wildcards of the prefix match as in routes. */
  covers(rawPath: string): boolean {
    this.#prefixRouter ??= prefixRouter(this.prefix);
    try {
      return this.#prefixRouter.match('GET', rawPath) !== null;
    } catch (error) {
      if (error instanceof BadPathError || error instanceof FilterValueError) return false;
      throw error;
    }
  }
}

function prefixRouter(prefix: string): Router<true> {
  const router = new Router<true>();
  // This router does not know the app's own filters. Then the part of the prefix before the first wildcard is used.
  for (const base of [prefix, prefix.split(/\/[^/]*[<:]/, 1)[0] as string]) {
    try {
      if (base !== '') router.add(base, 'GET', true);
      router.add(`${base}/<:re:.*>`, 'GET', true);
      break;
    } catch (error) {
      if (!(error instanceof RouteSyntaxError)) throw error;
    }
  }
  return router;
}

/** Joins a prefix and a rule. An empty rule is the prefix itself. The result begins with a slash. */
export function joinRule(prefix: string, rule: string): string {
  const rooted = prefix === '' || prefix.startsWith('/') ? prefix : `/${prefix}`;
  if (rule === '') return rooted === '' ? '/' : rooted;
  const head = rooted.endsWith('/') ? rooted.slice(0, -1) : rooted;
  return rule.startsWith('/') ? head + rule : `${head}/${rule}`;
}

/** Normalizes a prefix: a leading slash and no trailing one. The root is the empty string. */
export function normalPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}
