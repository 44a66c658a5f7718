export { type GuardOptions, guard } from '../app/wiring/guard.js';
export type {
  Callback,
  CheckOptions,
  Context,
  ErrorListener,
  Finished,
  Plugin,
  PluginFunction,
  PluginLike,
  PluginSelector,
  Provision,
  RouteInfo,
  Target,
} from '../app/wiring/plugin.js';
export type { PluginDocs, SecurityDocs, SecurityScheme } from '../app/wiring/plugin-docs.js';
export type { App } from '../app/wiring/app-core.js';
export { type WiringProblem, WiringError } from '../controllers/binding/wiring-error.js';
export { Deprecated, Description, Hidden, Summary, Tag } from '../controllers/decorators/documentation.js';
export { preferredEncoding } from '../http/fields/accept.js';
export { AnswerFilter, type AnswerHead } from '../http/answer/answer-filter.js';
export { chain } from '../http/answer/chain.js';
export { isThenable } from '../support/value-kinds.js';
export { HTTPError, HTTPResponse } from '../http/http-error.js';
export { type ContentType, parseContentType } from '../http/fields/media-type.js';
export { isStreamed } from '../http/answer/streams.js';
export { compileOrigins, type OriginCheck, type OriginList } from './origin-list.js';
export { matchesETag } from '../http/fields/conditional.js';
export { checkedHeader } from '../http/fields/headers.js';
export type { PluginState, RequestState } from '../http/request.js';
export { ServerNotice } from '../http/gateway/server-adapter.js';
export { loadPeer, neededPeer } from '../support/load-peer.js';
export { type BoundMethod, bindMethod, type MethodInput, type MethodSources } from './bind-method.js';
export { SecretComparer } from './secret-comparer.js';
export { escapeText } from '../support/escape-html.js';
export { staticFile } from '../http/files/static-file.js';
export { reasonPhrase } from '../http/fields/status.js';
export { FileUpload } from '../http/body/upload.js';
export {
  describeRoutes,
  type InputDescription,
  type ResultDescription,
  type RouteDescription,
  type WildcardDescription,
} from './describe-routes.js';
export { badOption, checkOptions, quoted, shown, tokens, unknownOption } from './plugin-options.js';
