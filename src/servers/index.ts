export { serverNames } from './server-names.js';
// The adapters as classes: pass them to `run`, or extend them.
export { AutoServer } from './auto.js';
export { BunServer } from './bun/index.js';
export { CgiServer, type CgiServerOptions } from './cgi/index.js';
export { ClusterServer, type ClusterServerOptions } from './cluster/index.js';
export { DenoServer } from './deno/index.js';
export { FastCgiServer, type FastCgiServerOptions } from './fastcgi/index.js';
export { FetchServer } from './fetch.js';
export { GaeServer } from './gae.js';
export { Http2Server, type Http2ServerOptions } from './http2/index.js';
export { LambdaServer, type LambdaServerOptions } from './lambda/index.js';
export { NodeServer, type NodeServerOptions } from './node.js';
export { UwsServer, type UwsServerOptions } from './uws/index.js';
export type { BodySink, Exchange } from '../http/gateway/exchange.js';
export type { RunningServer, ServedApp, ServerAdapter, ServerClass, ServerOptions } from '../http/gateway/server-adapter.js';
export { type LambdaHandler, lambdaHandler, type LambdaOptions } from './lambda/handler.js';
export { Stopping } from '../http/gateway/stopping.js';
export { registerServer } from '../http/gateway/server-adapter.js';
