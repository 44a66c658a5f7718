import { ConfigDict } from './config.js';

/** Makes instances of controller classes: the containers of tsyringe, inversify, awilix, typedi and their like. */
export interface Container {
  get?(Class: never): unknown;
  resolve?(Class: never): unknown;
}

/** What `new Bottle` takes. All but `container` and `logger` can also be set through `config`. */
export interface AppOptions {
  /** Answer unexpected errors with 500 and log them (default), or let them through to the server. */
  catchall?: boolean;
  /** Turn returned objects into JSON. Default: true. */
  autojson?: boolean;
  /** Report wildcards that no parameter takes. Default: false. */
  strict?: boolean;
  /** Debug mode for this app; default is what `debug()` has set for all. */
  debug?: boolean;
  /** The largest request body that is accepted, in bytes. Default: 10 MiB. */
  maxBody?: number;
  /** How much of a body is kept in memory, in bytes; the rest waits in a file. Default: 100 KiB. */
  memfileMax?: number;
  /** Asked for instances of controller classes, by `get(Class)` or `resolve(Class)`. */
  container?: Container;
  /** Takes errors that clients are told nothing about. Default: `console.error`. */
  logger?: (message: string, error: unknown) => void;
}

const DEFAULTS = { catchall: true, autojson: true, strict: false, maxBody: 10 * 1024 * 1024, memfileMax: 100 * 1024 };

/** The configuration that an app starts with: what it was told, over the defaults. */
export function appConfig(options: AppOptions): ConfigDict {
  const told = Object.keys(DEFAULTS).map((key) => [key, options[key as keyof typeof DEFAULTS]]);
  // Of their own below, so that an app that is mounted can have the outer app's values in their place.
  return new ConfigDict(DEFAULTS).overlay(Object.fromEntries(told));
}
