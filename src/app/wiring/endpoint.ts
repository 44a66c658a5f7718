import type { MethodDescription, Parameter } from '../../controllers/decorators/controller-description.js';
import type { Group } from './group.js';
import type { Endpoint } from './route.js';

/** The endpoint of a controller's method. */
export function methodEndpoint(method: MethodDescription, group: Group): Endpoint {
  const target = group.instance as Record<PropertyKey, unknown>;
  const own = target[method.key];
  return {
    fn: typeof own === 'function' ? own : method.fn,
    target,
    parameters: method.parameters,
    isFunction: false,
    displayName: method.name,
    isAsync: method.isAsync,
    group,
    view: method.view,
    status: method.status,
    headers: method.headers,
    returnType: method.returnType,
    extras: method.extras,
  };
}

/** The endpoint of a bare function. */
export function functionEndpoint(fn: Function, parameters: readonly Parameter[], displayName: string): Endpoint {
  return {
    fn,
    target: undefined,
    parameters,
    isFunction: true,
    displayName,
    isAsync: /^Async/.test(fn.constructor.name),
    group: undefined,
    view: undefined,
    status: undefined,
    headers: [],
    returnType: undefined,
    extras: new Map(),
  };
}
