import './cli/reloader-loader.js';
import './servers/server-names.js';
export { Bottle, type ErrorHandler, type MountTarget } from './app/bottle.js';
export type { ConfigDict } from './app/config/config-dict.js';
export { debug } from './app/debug-mode.js';
export type { Handler, Provided, RouteMethod } from './app/wiring/function-route.js';
export type { Container } from './app/wiring/container.js';
export type { AppOptions } from './app/app-options.js';
export type { Callback, Context, Plugin, PluginLike, PluginSelector, RouteInfo } from './app/wiring/plugin.js';
export { Route } from './app/wiring/route-export.js';
export type { PluginDocs, SecurityScheme } from './app/wiring/plugin-docs.js';
export type { Route as BoundRoute } from './app/wiring/route.js';
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
} from './app/app-stack.js';
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
} from './controllers/decorators/controller-decorators.js';
export { Summary } from './controllers/decorators/documentation.js';
export type { RouteOptions } from './controllers/decorators/route-options.js';
export {
  Body,
  Cookie,
  createParam,
  Form,
  Header,
  Inject,
  Param,
  Query,
  Upload,
} from './controllers/decorators/parameter-decorators.js';
export type { ViewOptions, ViewRenderer } from './controllers/decorators/view-options.js';
export { Returns } from './controllers/decorators/returns-decorator.js';
export { WiringError, type WiringProblem } from './controllers/binding/wiring-error.js';
export { type BodyChunk, BodyQueue, type BodyQueueOptions } from './http/answer/body-queue.js';
export { abort, HTTPError, HTTPResponse, type RefusedValue, redirect } from './http/http-error.js';
export {
  type EventClient,
  type Events,
  type EventsFor,
  type EventStreamOptions,
  eventStream,
  type ServerEvent,
} from './http/events/event-stream.js';
export { FormsDict } from './http/fields/forms-access.js';
export type { TrustProxy } from './http/gateway/trust-proxy.js';
export { HeaderDict } from './http/fields/headers.js';
export { Request, type RequestState } from './http/request.js';
export { Response } from './http/response.js';
export { type StaticFile, staticFile } from './http/files/static-file.js';
export type { FileRequest, StaticFileOptions } from './http/files/static-file-options.js';
export type { MultipartLimits } from './http/body/multipart-limits.js';
export { FileExistsError, FileUpload } from './http/body/upload.js';
export type { SaveOptions } from './http/body/upload-parts.js';
export { RouteBuildError, RouteSyntaxError } from './routing/route-error.js';
export type { Filter, FilterFactory } from './routing/router.js';
export type { Args } from './routing/args.js';
export { type SocketClose, type SocketMessage, WebSocketConnection } from './http/sockets/websocket-connection.js';
export {
  addCompiledTemplates,
  type CompiledTemplates,
  SimpleTemplate,
  TEMPLATE_PATH,
  TEMPLATES,
  template,
} from './templates/index.js';
export type { ClassError, ClassProblem } from './validation/class-error.js';
export {
  type ClassValidator,
  type CompileOptions,
  compileValidator,
  toStandardSchema,
  type ValidationFailure,
} from './validation/compile-validator.js';
export type { ValidationError, ValidatorOptions } from './validation/compiler/index.js';
export type { ValueError } from './validation/convert.js';
export {
  type Intersection,
  IntersectionType,
  OmitType,
  PartialType,
  PickType,
  type SourceClass,
} from './validation/mapped-types/mapped-types.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './validation/standard-schema.js';
