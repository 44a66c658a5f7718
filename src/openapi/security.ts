import type { PluginDocs } from '../app/openapi.js';
import type { Place } from './places.js';

/** What the plugins say that are in effect on a route and on the mounts around it, outermost first. */
export function pluginDocs({ route, mounts }: Place): PluginDocs[] {
  return [...mounts, route].flatMap(({ plugins }) => plugins).flatMap(({ openapi }) => openapi ?? []);
}
