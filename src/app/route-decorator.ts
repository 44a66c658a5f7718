import { type RouteDecorator, Route as decorator } from '../controllers/routes.js';
import type { RouteInfo } from './plugin.js';

/** `@Route(…)`: see `controllers/routes.ts`. */
export const Route: RouteDecorator = decorator;

/** As a type: the route that a plugin is told of. */
export type Route = RouteInfo;
