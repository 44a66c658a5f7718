import { type RouteDecorator, Route as decorator } from '../../controllers/decorators/route-decorators.js';
import type { RouteInfo } from './plugin.js';

/** `@Route(…)`: see `controllers/decorators/route-decorators.ts`. */
export const Route: RouteDecorator = decorator;

/** As a type: the route that a plugin is applied to. */
export type Route = RouteInfo;
