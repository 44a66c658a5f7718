export { type BasicAuthCheck, type BasicAuthOptions, basicAuth } from './basic-auth/index.js';
export { type BearerAuthOptions, type BearerAuthVerify, bearerAuth } from './bearer-auth/index.js';
export { bodyLimit } from './body-limit/index.js';
export { type CompressOptions, compress, type Encoding } from './compress/index.js';
export { type CorsOptions, cors } from './cors/index.js';
export { type CsrfOptions, csrf, type FetchSite } from './csrf/index.js';
export { type ETagOptions, etag } from './etag/index.js';
export { type HealthCheck, type HealthOptions, health } from './health/index.js';
export { type LoggerOptions, logger, type StructuredLog } from './logger/index.js';
export { type MetricsOptions, type MetricsPlugin, metrics } from './metrics/index.js';
export { type OverloadOptions, overload } from './overload/index.js';
export {
  type CspDirectives,
  type CspSource,
  type SecureHeadersOptions,
  secureHeaders,
} from './secure-headers/index.js';
export { NONCE } from './secure-headers/nonce.js';
