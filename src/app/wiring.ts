import { compilePlan } from '../controllers/plan.js';
import { WiringError, type WiringProblem } from '../controllers/wiring.js';
import type { RouteProblem } from '../routing/router.js';
import type { Bottle } from './bottle.js';
import type { Group } from './group.js';
import { methodEndpoint } from './mount.js';
import { Route } from './route.js';
import { applyPlugins, locate, scopeOf, wireRoute } from './wire.js';

/** Keeps an app's routes wired: all of them before the first request, later ones before the next. */
export class Wiring {
  readonly #app: Bottle;
  readonly #stale = new Set<Route>();
  readonly #broken = new Map<Route, WiringProblem[]>();
  #groupProblems: WiringProblem[] = [];
  #wiredGroups = -1;
  #isStale = true;
  /** Whether the app was whole once: from then on a mistake costs its own route, not the service. */
  #wasWhole = false;

  constructor(app: Bottle) {
    this.#app = app;
  }

  stale(route: Route): void {
    this.#isStale = true;
    this.#wiredGroups = -1;
    this.#stale.add(route);
    route.callback = undefined;
  }

  /**
   * Wires what is not wired yet.
   *
   * @throws WiringError before the first request of an app that is not whole.
   */
  complete(): void {
    if (!this.#isStale) return;
    const problems = this.#wire();
    if (problems.length > 0 && !this.#wasWhole) throw new WiringError(problems);
    this.#isStale = false;
    this.#wasWhole = true;
    if (problems.length > 0) this.#app.log(new WiringError(problems));
  }

  /** Everything that is wrong, here and in mounted apps. */
  problems(strict: boolean): WiringProblem[] {
    if (strict !== this.#app.strict) for (const route of this.#app.routes) if (route.app === this.#app) this.stale(route);
    const own = this.#wire(strict);
    const rules = this.#app.router.problems().map(ruleProblem);
    const mounted = new Set(this.#app.mounted);
    return [...own, ...rules, ...[...mounted].flatMap((app) => app.wiringProblems(strict))];
  }

  #wire(strict = this.#app.strict): WiringProblem[] {
    for (const route of this.#stale) {
      this.#stale.delete(route);
      if (route.app !== this.#app) {
        // A merged route is wired by its owner, whose plugins it has.
        route.app.wireForeign(route);
        continue;
      }
      const problems = wireRoute(route, strict);
      if (problems.length > 0) this.#broken.set(route, problems);
      else this.#broken.delete(route);
    }
    if (this.#wiredGroups !== this.#app.groups.length) {
      this.#groupProblems = this.#app.groups.flatMap((group) => [
        ...wireErrorHandlers(this.#app, group),
        ...decoratorProblems(group),
      ]);
      this.#wiredGroups = this.#app.groups.length;
    }
    return [...this.#groupProblems, ...[...this.#broken.values()].flat()];
  }

  /** Wires one route of this app for another that it was merged into. */
  wireForeign(route: Route): void {
    if (route.callback !== undefined) return;
    this.#stale.delete(route);
    const problems = wireRoute(route, this.#app.strict);
    if (problems.length > 0) this.#broken.set(route, problems);
  }
}

/** Compiles a controller's error handlers, with the app's plugins around those that ask for them. */
function wireErrorHandlers(app: Bottle, group: Group): WiringProblem[] {
  return group.description.methods.flatMap((method) => {
    if (method.errors.length === 0) return [];
    const endpoint = methodEndpoint(method, group);
    const rule = `${group.prefix || '/'} (error handler)`;
    const { apply, skip } = method;
    const route = new Route({ app, rule, method: 'ERROR', name: undefined, endpoint, options: {}, apply, skip });
    const problems = wireErrorHandler(route);
    for (const what of method.errors)
      group.errors.set(what, (context) => (route.callback as NonNullable<Route['callback']>)(context));
    return problems;
  });
}

function wireErrorHandler(route: Route): WiringProblem[] {
  const { endpoint } = route;
  route.plugins = route.app.plugins;
  const scope = scopeOf(route, route.plugins, true);
  const plan = compilePlan(endpoint.fn, endpoint.target, endpoint.parameters, scope);
  route.bound = plan.bound;
  route.wanted = new Set(plan.bound.flatMap(({ provider }) => (provider === undefined ? [] : [provider.plugin])));
  route.callback = plan.problems.length > 0 ? plan.callback : applyPlugins(plan.callback, route.plugins, route);
  return plan.problems.map((problem) => locate(problem, route));
}

function decoratorProblems(group: Group): WiringProblem[] {
  return group.description.problems.map(({ code, message, method }) => ({
    code: `BN_${code.replaceAll('-', '_').toUpperCase()}`,
    message,
    controller: group.description.name,
    method,
  }));
}

function ruleProblem({ kind, entry, by }: RouteProblem<Route>): WiringProblem {
  const isDuplicate = kind === 'duplicate';
  return {
    code: isDuplicate ? 'BN_RULE_DUPLICATE' : 'BN_RULE_UNREACHABLE',
    message: isDuplicate
      ? `The rule is added again for the same verb by ${by.target.displayName}, which wins.`
      : `The rule is never reached: ${by.method} ${by.rule.text} of ${by.target.displayName} matches all its paths before it.`,
    controller: entry.target.endpoint.group?.description.name,
    method: entry.target.displayName,
    verb: entry.method,
    rule: entry.rule.text,
    cure: isDuplicate
      ? 'remove one of the two, or give them different rules or verbs.'
      : 'add the more specific rule first, or narrow the wider one with a filter.',
  };
}
