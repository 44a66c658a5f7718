import { describeController, type RouteOptions } from '../../controllers/decorators/controller-description.js';
import type { PluginPlace, PluginReference, SkipReference } from '../../controllers/decorators/route-options.js';
import type { AppCore } from './app-core.js';
import { methodEndpoint } from './endpoint.js';
import { Group, joinRule, normalPrefix } from './group.js';
import { Route } from './route.js';

/** Adds a controller's routes to an app, which then owns them. */
export function mountController(app: AppCore, prefix: string, Class: Function, instance: object, options: RouteOptions): Group {
  const description = describeController(Class);
  const config = { ...options.config, ...description.options.config };
  const group = new Group(description, instance, normalPrefix(joinRule(prefix, description.prefix)), config);
  for (const method of description.methods) {
    const endpoint = methodEndpoint(method, group);
    for (const mark of method.routes) {
      const merged = mergeOptions(options, description.options, mark.options);
      const places: PluginPlace[] = [placeOf(options), placeOf(description.options, description), placeOf(mark.options, method)];
      for (const rule of mark.rules) {
        const whole = joinRule(joinRule(prefix, description.prefix), rule);
        for (const verb of mark.methods) {
          app.addRoute(new Route({ app, rule: whole, method: verb, name: merged.name, endpoint, options: merged, places }));
        }
      }
    }
  }
  return group;
}

/** Merges options: the route overrides the controller, which overrides the mount. `config` is merged by key, `name` not inherited. */
function mergeOptions(mount: RouteOptions, controller: RouteOptions, own: RouteOptions): RouteOptions {
  return { ...mount, ...controller, ...own, name: own.name, config: { ...mount.config, ...controller.config, ...own.config } };
}

/** The plugins that one place applies and skips, by its options and its decorators. */
export function placeOf({ apply, skip }: RouteOptions, decorators?: PluginPlace): PluginPlace {
  return { apply: [...asList(apply), ...(decorators?.apply ?? [])], skip: [...asList(skip), ...(decorators?.skip ?? [])] };
}

function asList<T extends PluginReference | SkipReference>(given: T | readonly T[] | undefined): T[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? [...given] : [given as T];
}
