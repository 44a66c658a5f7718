import './cli/lazy.js';
import './servers/names.js';
export { Bottle, type ErrorHandler, type MountTarget } from './app/bottle.js';
export type { ConfigDict } from './app/config.js';
export { debug } from './app/debug.js';
export type { Handler, Provided, RouteMethod } from './app/functions.js';
export type { Container } from './app/container.js';
export type { AppOptions } from './app/options.js';
export type { Callback, Context, Plugin, PluginLike, PluginSelector, RouteInfo } from './app/plugin.js';
export type { PluginDocs, SecurityScheme } from './app/plugin-docs.js';
export type { Route as BoundRoute } from './app/route.js';
export { Route } from './app/route-decorator.js';
export type { RunningServer, RunOptions } from './app/run.js';
export {
  type AppStack,
  app,
  defaultApp,
  del,
  error,
  get,
  hook,
  install,
  mount,
  patch,
  post,
  put,
  route,
  run,
  uninstall,
  url,
} from './app/stack.js';
export type { TemplatePath } from './app/template-path.js';
export {
  Any,
  Apply,
  Controller,
  Delete,
  Error,
  Get,
  Head,
  Hook,
  OnError,
  Options,
  Patch,
  Post,
  Put,
  SetHeader,
  Skip,
  Status,
  View,
  WebSocket,
  type WebSocketOptions,
} from './controllers/decorators.js';
export { Summary } from './controllers/documentation.js';
export type { RouteOptions } from './controllers/options.js';
export { Body, Cookie, createParam, Form, Header, Inject, Param, Query, Upload } from './controllers/parameters.js';
export type { ViewOptions, ViewRenderer } from './controllers/view.js';
export { Returns } from './controllers/returns.js';
export { WiringError, type WiringProblem } from './controllers/wiring.js';
export { type BodyChunk, BodyQueue, type BodyQueueOptions } from './http/body-queue.js';
export { abort, HTTPError, HTTPResponse, redirect } from './http/errors.js';
export {
  type EventClient,
  type Events,
  type EventsFor,
  type EventStreamOptions,
  eventStream,
  type ServerEvent,
} from './http/event-stream.js';
export { FormsDict } from './http/forms-access.js';
export type { TrustProxy } from './http/forwarded.js';
export { HeaderDict } from './http/headers.js';
export { Request, type RequestState } from './http/request.js';
export { Response } from './http/response.js';
export { type FileRequest, type StaticFile, type StaticFileOptions, staticFile } from './http/static.js';
export type { MultipartLimits } from './http/multipart-limits.js';
export { FileExistsError, FileUpload, type SaveOptions } from './http/upload.js';
export { RouteBuildError, RouteSyntaxError } from './routing/errors.js';
export type { Filter, FilterFactory } from './routing/router.js';
export type { Args } from './routing/types.js';
export { type SocketClose, type SocketMessage, WebSocketConnection } from './http/websocket.js';
export { SimpleTemplate, TEMPLATE_PATH, TEMPLATES, template } from './templates/index.js';
export type { ClassError, ClassProblem } from './validation/class-problems.js';
export {
  type ClassValidator,
  type CompileOptions,
  compileValidator,
  toStandardSchema,
  type ValidationFailure,
} from './validation/compile-validator.js';
export type { ValidationError, ValidatorOptions } from './validation/compiler/index.js';
export type { ValueError } from './validation/convert.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './validation/schema.js';
