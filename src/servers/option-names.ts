// The names of the options of each adapter. `run` rejects others.

import { TLS_OPTIONS } from './tls-options.js';

/** Options of every adapter. */
const SERVER_OPTIONS = ['host', 'port', 'shutdownTimeout'] as const;

/** Options for the address of a server. */
const LISTEN_OPTIONS = [...SERVER_OPTIONS, 'socket', 'socketMode', 'fd', 'backlog'] as const;

/** Limits of HTTP servers. Adapters of other runtimes accept them and log that they are ignored. */
export const LIMIT_OPTIONS = [
  'keepAliveTimeout',
  'headersTimeout',
  'requestTimeout',
  'sendTimeout',
  'maxHeaderSize',
  'maxConnections',
] as const;

export const NODE_OPTIONS = [...LISTEN_OPTIONS, ...LIMIT_OPTIONS, ...TLS_OPTIONS] as const;
export const HTTP2_OPTIONS = [...NODE_OPTIONS, 'maxConcurrentStreams'] as const;
export const CLUSTER_OPTIONS = [
  ...NODE_OPTIONS,
  'workers',
  'maxRequests',
  'maxRequestsJitter',
  'healthTimeout',
  'startTimeout',
] as const;
export const UWS_OPTIONS = [...NODE_OPTIONS, 'maxMessage'] as const;
export const RUNTIME_OPTIONS = [...LISTEN_OPTIONS, ...LIMIT_OPTIONS, 'key', 'cert', 'maxMessage'] as const;
/** The `fetch` adapter serves without TLS. On Bun and Deno it uses their own server. */
export const FETCH_OPTIONS = [...LISTEN_OPTIONS, ...LIMIT_OPTIONS] as const;
export const FASTCGI_OPTIONS = [...LISTEN_OPTIONS, 'scriptName', 'maxConnections'] as const;
export const CGI_OPTIONS = [...SERVER_OPTIONS, 'scriptName', 'isWhole', 'exitTimeout'] as const;
export const LAMBDA_OPTIONS = [...SERVER_OPTIONS, 'scriptName', 'streaming'] as const;

/** The `auto` adapter accepts the options of all adapters that it may choose. */
export const AUTO_OPTIONS = [...new Set([...UWS_OPTIONS, ...RUNTIME_OPTIONS, ...CGI_OPTIONS, ...LAMBDA_OPTIONS])] as const;
