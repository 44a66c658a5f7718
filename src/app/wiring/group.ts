import type { ControllerDescription } from '../../controllers/decorators/controller-description.js';
import { BadPathError, FilterValueError, RouteSyntaxError } from '../../routing/route-error.js';
import { Router } from '../../routing/router.js';
import { ErrorHandlers } from '../road/error-handlers.js';

/** A controller as it is mounted once: its instance, its prefix, and what it says about errors below that prefix. */
export class Group {
  readonly description: ControllerDescription;
  readonly instance: object;
  /** Mount point and controller prefix together, without a trailing slash. */
  readonly prefix: string;
  readonly errors = new ErrorHandlers();
  /** What its mount and `@Controller` say in `config`, for error handlers, which are of no route. */
  readonly config: Readonly<Record<string, unknown>>;
  #coverage: Router<true> | undefined = undefined;

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

  /** Whether a path, as received, lies at or below the prefix, whose wildcards match as in its routes. */
  covers(rawPath: string): boolean {
    this.#coverage ??= coverage(this.prefix);
    try {
      return this.#coverage.match('GET', rawPath) !== null;
    } catch (error) {
      if (error instanceof BadPathError || error instanceof FilterValueError) return false;
      throw error;
    }
  }
}

function coverage(prefix: string): Router<true> {
  const router = new Router<true>();
  // A filter that only the app knows cannot be told apart here: then all below the part before it counts.
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

/** Joins a mount point, a controller's prefix and a rule; an empty rule is the prefix itself. Every path begins with a slash. */
export function joinRule(prefix: string, rule: string): string {
  const rooted = prefix === '' || prefix.startsWith('/') ? prefix : `/${prefix}`;
  if (rule === '') return rooted === '' ? '/' : rooted;
  const head = rooted.endsWith('/') ? rooted.slice(0, -1) : rooted;
  return rule.startsWith('/') ? head + rule : `${head}/${rule}`;
}

/** A prefix with a slash before it and none after it; the root is empty. */
export function normalPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}
