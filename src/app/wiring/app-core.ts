import type { WiringProblem } from '../../controllers/binding/wiring-error.js';
import type { Router } from '../../routing/router.js';
import type { Rule } from '../../routing/rule.js';
import type { ConfigDict } from '../config/config-dict.js';
import type { RoadApp } from '../road/road-app.js';
import type { Container } from './container.js';
import type { Group } from './group.js';
import type { Plugin } from './plugin.js';
import type { Route } from './route.js';

/** The place where an app is mounted in another app. */
export interface MountPoint {
  /** The outer app. */
  readonly app: AppCore;
  /** The prefix as a rule; `undefined` without a prefix. */
  readonly rule: Rule | undefined;
}

/** The part of an app that the folders below the class `Bottle` use. They do not import the class. */
export interface AppCore extends RoadApp {
  readonly config: ConfigDict;
  readonly router: Router<Route>;
  readonly routes: readonly Route[];
  /** The mounted controllers. */
  readonly groups: readonly Group[];
  /** The mounted apps. */
  readonly mounted: readonly AppCore[];
  /** Where this app is mounted. Of several mounts, the first one. */
  mountedAt: MountPoint | undefined;
  readonly plugins: readonly Plugin[];
  readonly container: Container | undefined;
  readonly strict: boolean;
  addRoute(route: Route): void;
  /** Sets up a plugin that a route applies, unless it is set up already. */
  setupOnce(plugin: Plugin): Plugin;
  /** The plugins in effect on a route, outermost first. A route that was merged into this app also has the plugins of this app. */
  pluginsOn(route: Route): readonly Plugin[];
  wiringProblems(strict?: boolean): WiringProblem[];
  wiringPending(): WiringProblem[];
  groupsAt(rawPath: string): Group[];
  /** Logs an error outside of a request. */
  log(error: Error): void;
}

/** `bottle.ts` augments this interface with the public type of `app`. */
// biome-ignore lint/suspicious/noEmptyInterface: it is augmented
export interface AppTypes {}

/** The class `Bottle`, for public types in the files that do not import it. */
export type App = AppTypes extends { readonly app: infer T } ? T : AppCore;
