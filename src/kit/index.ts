export { type GuardOptions, guard } from '../app/guard.js';
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
} from '../app/plugin.js';
export type { PluginDocs, SecurityScheme } from '../app/plugin-docs.js';
export type { App } from '../app/core.js';
export { type WiringProblem, WiringError } from '../controllers/wiring.js';
export { preferredEncoding } from '../http/accept.js';
export { AnswerFilter, type AnswerHead } from '../http/answer/answer-filter.js';
export { chain } from '../http/chain.js';
export { isThenable } from '../http/kinds.js';
export { HTTPError, HTTPResponse } from '../http/errors.js';
export { type ContentType, parseContentType } from '../http/media-type.js';
export { isStreamed } from '../http/streams.js';
export { compileOrigins, type OriginCheck, type OriginList } from './origins.js';
export { matchesETag } from '../http/conditional.js';
export { checkedHeader } from '../http/headers.js';
export type { RequestState } from '../http/request.js';
export { ServerNotice } from '../http/server.js';
export { loadPeer, neededPeer } from '../peers/load-peer.js';
export { type BoundMethod, bindMethod, type MethodInput, type MethodSources } from './bind-method.js';
export { SecretComparer } from './secret-comparer.js';
export { escapeText } from '../http/escape.js';
export { staticFile } from '../http/static.js';
export { reasonPhrase } from '../http/status.js';
export { FileUpload } from '../http/upload.js';
export {
  describeRoutes,
  type InputDescription,
  type ResultDescription,
  type RouteDescription,
  type WildcardDescription,
} from './describe-routes.js';
export { badOption, checkOptions, quoted, shown, tokens, unknownOption } from './plugin-options.js';
