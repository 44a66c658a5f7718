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
export type { App } from '../app/core.js';
export { type WiringProblem, WiringError } from '../controllers/wiring.js';
export { AnswerFilter, type AnswerHead } from '../http/answer/answer-filter.js';
export { chain } from '../http/chain.js';
export { isThenable } from '../http/kinds.js';
export { HTTPError, HTTPResponse } from '../http/errors.js';
export { type ContentType, parseContentType } from '../http/media-type.js';
export { isStreamed } from '../http/streams.js';
export { compileOrigins, type OriginCheck, type OriginList } from './origins.js';
export { badOption, checkOptions, quoted, shown, tokens } from './plugin-options.js';
export { type BoundMethod, bindMethod, type MethodInput, type MethodSources } from './bind-method.js';
export { SecretComparer } from './secret-comparer.js';
